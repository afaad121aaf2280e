"""Where a loss that is followed backwards is booked: hits, budgets and borders (compiled). See `causes`."""

from __future__ import annotations

from supplychain_risk.kernels.block import compiled, inlined


@inlined
def drop(amounts, n, rest, i, least):
    for d in range(len(least)):
        small = abs(amounts[n, d]) < least[d]
        rest[i, d] += amounts[n, d] if small else 0.0
        amounts[n, d] = 0.0 if small else amounts[n, d]


@inlined
def some(rows, n):
    found = False
    for d in range(rows.shape[1]):
        found |= rows[n, d] != 0
    return found


@compiled
def to_hits(hits, rows, rest, i, step, d, amount, sign):
    """Book an amount on the hits of an activity by their size in this step; what they do not explain on `rest`."""
    total = 0.0
    for r in range(hits.start[i], hits.start[i + 1]):
        total += max(0.0, sign * hits.intensity[r, d] * hits.profile[hits.hit[r], step, d])
    if total <= 0:
        rest[i, d] += amount
        return
    for r in range(hits.start[i], hits.start[i + 1]):
        rows[r, d] += amount * max(0.0, sign * hits.intensity[r, d] * hits.profile[hits.hit[r], step, d]) / total


@compiled
def to_budget(hits, causes, i, step, d, amount, growth, capex):
    """Book purchases that were not planned: expected demand first, then the budget's own hits."""
    less, cut = max(0.0, 1 - growth), growth * max(0.0, 1 - capex)
    if less + cut <= 0:
        causes.unexplained[i, d] += amount
        return
    causes.plans[i, d] += amount * less / (less + cut)
    if cut > 0:
        to_hits(hits, causes.capex, causes.unexplained, i, step, d, amount * cut / (less + cut), 1.0)


@compiled
def allowed(link_cap, border, cut, e, step, d):
    """Share of a link's baseline that may be ordered."""
    share = link_cap[step, e, d] if len(link_cap) else 1.0
    for area in range(len(border)):
        share *= 1 - border[area, e] * cut[step, area, d]
    return share


@compiled
def to_border(link_cap, border, cut, rows, e, j, step, d, amount):
    """Book an amount on the borders that a link crosses, by what they stop."""
    last = len(border)
    alone = 1 - link_cap[step, e, d] if len(link_cap) else 0.0
    whole = alone
    for area in range(last):
        whole += border[area, e] * cut[step, area, d]
    rows[last, j, d] += amount * alone / whole
    for area in range(last):
        rows[area, j, d] += amount * border[area, e] * cut[step, area, d] / whole


@inlined
def order_of(wants, wanted, level, buffer, stock, pace):
    """Order of a flow input relative to its need, by the state a step ago; all per need."""
    restock = (wanted * buffer - stock) * pace
    return max(0.0, wanted + restock) if wants else level + max(0.0, restock)
