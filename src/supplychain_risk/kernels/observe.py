"""What the dynamics write down of a step (compiled)."""

from __future__ import annotations

from supplychain_risk.kernels.block import compiled


@compiled
def observe_step(chain, record, state, base, step):
    row, weight = record.row_of_step[step], record.step_weight[step]
    draws = state.output.shape[1]
    lowest, first, last, low = record.lowest, record.first_short, record.last_short, record.last_low
    level, weighted, after = state.level, record.weighted_external, step + 1.0
    for i in range(len(chain.output0)):
        dips = False
        for d in range(draws):
            weighted[i, d] += weight * (level[i, d] - 1)
            lowest[i, d] = min(lowest[i, d], level[i, d])
        for d in range(draws):
            dips |= level[i, d] < record.short_level
        for d in range(draws if dips else 0):
            first[i, d] = step if level[i, d] < record.short_level and first[i, d] < 0 else first[i, d]
            last[i, d] = after if level[i, d] < record.short_level else last[i, d]
            low[i, d] = after if level[i, d] < record.low_level else low[i, d]
    if step == len(record.step_weight) - 1:
        record.last_external[:] = level
    for i in record.captive_supplier:
        for d in range(draws):
            external = state.external[i, d] / base[i] if base[i] > 0 else 1.0
            weighted[i, d] += weight * (external - level[i, d])
            record.last_external[i, d] = external
    _write(record, state, base, row)


@compiled
def _write(record, state, base, row):
    """Add the step to the rows that are kept."""
    activities, draws = state.level.shape
    for i in range(activities):
        for d in range(draws if len(record.output) > 0 else 0):
            record.output[row, i, d] += state.level[i, d]
        for d in range(draws if len(record.unmet) > 0 else 0):
            record.unmet[row, record.unmet_group[i], d] += state.unmet[i, d]
        for d in range(draws if len(record.final) > 0 else 0):
            record.final[row, i, d] += state.delivered_final[i, d]
        for d in range(draws if len(record.overproduction) > 0 else 0):
            record.overproduction[row, i, d] = state.effort[i, d]
    for c in range(len(record.captive_supplier) if len(record.external) > 0 else 0):
        i = record.captive_supplier[c]
        for d in range(draws):
            record.external[row, c, d] += state.external[i, d] / base[i] if base[i] > 0 else 1.0
    for s in range(len(state.slot_level) if len(record.stock) > 0 else 0):
        for d in range(draws):
            record.stock[row, s, d] = state.slot_level[s, d]


@compiled
def note_moves(chain, shock, record, state, following):
    """Where order shares are when a pool's last maker is back: those at the end of the last step that held one back."""
    limits = _limits_change(shock, following)
    _find_hurt(chain, shock, record, state)
    for pool in range(len(chain.pool_need)):
        stirred = False
        for e in range(chain.pool_start[pool], chain.pool_start[pool + 1]):
            stirred |= state.hurts[chain.link_supplier[e]] or (limits and state.capped[e])
        if stirred:
            _note_pool(chain, record, state, pool)
        for d in range(state.held.shape[1] if state.holds[pool] else 0):
            record.held_steps[pool, d] += state.held[pool, d]


@compiled
def _find_hurt(chain, shock, record, state):
    """Activities that are hit, and those of which that has changed."""
    for i in range(len(chain.output0)):
        changed = False
        for d in range(state.working.shape[1] if shock.loss_row[i] >= 0 else 0):
            changed |= (state.working[i, d] < record.short_level) != state.hurt[i, d]
        for d in range(state.working.shape[1] if changed else 0):
            state.hurt[i, d] = state.working[i, d] < record.short_level
        state.hurts[i] = changed


@compiled
def _note_pool(chain, record, state, pool):
    """Find in which draws a maker of the pool is held back, and write its shares where the last one is back."""
    now, before, draws = state.held[len(chain.pool_need)], state.held[pool], state.held.shape[1]
    now[:] = False
    for e in range(chain.pool_start[pool], chain.pool_start[pool + 1]):
        j = chain.link_supplier[e]
        for d in range(draws):
            now[d] |= state.hurt[j, d]
        for d in range(draws if state.capped[e] else 0):
            now[d] |= state.allowed[e, d] < record.short_level
    back = holds = False
    for d in range(draws):
        back |= before[d] & (not now[d])
        holds |= now[d]
    state.holds[pool] = holds
    for e in range(chain.pool_start[pool], chain.pool_start[pool + 1] if back else 0):
        for d in range(draws):
            moved = state.share[e, d] - chain.link_share[e]
            record.moved_share[e, d] = moved if before[d] and not now[d] else record.moved_share[e, d]
    before[:] = now


@compiled
def _limits_change(shock, step):
    """Whether limits on links may differ from those of the step before."""
    change = len(shock.link_cap) > 0 or step <= 1
    for area in range(len(shock.border) if not change else 0):
        for d in range(shock.border_cut.shape[2]):
            change |= shock.border_cut[step, area, d] != shock.border_cut[step - 1, area, d]
    return change


@compiled
def note_held(chain, record, state):
    """Where order shares are at the end, in pools of which a maker is still held back."""
    for e in range(len(chain.link_pool)):
        pool = chain.link_pool[e]
        for d in range(state.share.shape[1] if state.holds[pool] else 0):
            moved = state.share[e, d] - chain.link_share[e]
            record.moved_share[e, d] = moved if state.held[pool, d] else record.moved_share[e, d]


@compiled
def note_rest(record, state, base, step):
    """Add the step to the rest of the quarter that the event begins in, the last one in part."""
    part, some = state.row[0], False
    for d in range(len(part)):
        part[d] = min(1.0, max(0.0, record.rest_steps[d] - step))
        some |= part[d] > 0
    if not some:
        return
    rest, level = record.rest_external, state.level
    for i in range(len(level)):
        for d in range(len(part)):
            rest[i, d] += part[d] * (level[i, d] - 1)
    for i in record.captive_supplier:
        for d in range(len(part)):
            external = state.external[i, d] / base[i] if base[i] > 0 else 1.0
            rest[i, d] += part[d] * (external - level[i, d])
