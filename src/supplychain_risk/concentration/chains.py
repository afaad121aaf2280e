"""Chains of dependence: from a held activity to whatever stops it, through its most critical inputs.

Every step from customer to supplier multiplies by criticality of the input x the supplier's part of it. The last step
takes the part that comes from a row (a company, a country, ...), which may be spread over several suppliers. Chains
one by one (`strongest`) say how a loss gets there; all of them together (`joint`) say how large it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from supplychain_risk.kernels.paths import Paths, strongest_paths, trace
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.network.pools import slot_links

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BLOCK = 256
"""Rows that are settled together: bounds memory to activities x BLOCK."""
SETTLED = 1e-12
"""Rise of a loss in one round, as a share of output, from which on it is taken as settled."""


def supply_shares(network: SupplyNetwork, kinds: Sequence[int]) -> sparse.csr_array:
    """(S, A) share of each input's need by supplying activity; fallbacks and inputs of other kinds are empty."""
    rows = slot_links(network)
    used = (rows.value > 0) & np.isin(network.slot_kind[rows.slot], kinds)
    slot, value = rows.slot[used], rows.value[used]
    shape = len(network.slot_need), len(network.activities)
    places = slot, network.link_supplier[rows.link[used]]
    return sparse.csr_array((value / network.slot_need[slot], places), shape=shape)


def by_customer(network: SupplyNetwork, supply: sparse.csr_array, factor: Floats) -> sparse.csc_array:
    """(A, A) from customer to supplier: sum over the customer's inputs of factor (S,) x share."""
    inputs = np.arange(len(factor))
    shape = len(network.activities), len(factor)
    return sparse.csc_array(sparse.csr_array((factor, (network.slot_activity, inputs)), shape=shape) @ supply)


@dataclass(frozen=True, eq=False)
class Chains:
    """Steps of all chains: between activities, and the last ones, sorted by the row they end in.

    Attributes
    ----------
    network, supply : where they run; `supply` as `supply_shares` gives it.
    member : (A, rows) 0..1, part of an activity's output that is lost with a row.
    arcs : (A, A) from customer to supplier, criticality x share.
    slot, row, weight : last steps: criticality of an input x the part of it that is lost with a row.
    """

    network: SupplyNetwork
    supply: sparse.csr_array
    member: sparse.csr_array
    arcs: sparse.csc_array
    slot: Ints
    row: Ints
    weight: Floats

    @classmethod
    def of(cls, network: SupplyNetwork, supply: sparse.csr_array, member: sparse.csr_array) -> Chains:
        """Lay out the steps of a network; `member` says what a row is."""
        ends = sparse.coo_array(sparse.diags_array(network.criticality) @ supply @ member)
        order = np.argsort(ends.col, kind="stable")
        arcs = by_customer(network, supply, network.criticality)
        arcs.data.clip(max=1.0, out=arcs.data)  # shares that sum to 1 + rounding would make a circle endless
        return cls(
            network=network,
            supply=supply,
            member=member,
            arcs=arcs,
            slot=ends.row[order].astype(np.int64),
            row=ends.col[order].astype(np.int64),
            weight=ends.data[order],
        )

    def strongest(self, weights: Floats, tiers: int | None) -> tuple[Floats, list[str]]:
        """Sum over held activities of weight x strongest chain to each row; and the chain with the largest part."""
        rows = self.member.shape[1]
        total, largest = np.zeros(rows), np.zeros(rows)
        holder, last = np.full(rows, -1, dtype=np.int64), np.full(rows, -1, dtype=np.int64)
        found = {}
        for held in np.flatnonzero(weights).tolist():
            found[held] = strongest_paths(self.arcs, held, None if tiers is None else max(tiers - 1, 0))
            value, end = self._ends(found[held], held, stay=tiers == 0)
            part = np.abs(weights[held]) * value
            more = part > largest
            holder[more], last[more], largest[more] = held, end[more], part[more]
            total += weights[held] * value
        owner = holder.tolist()
        return total, [self._text(found.get(owner[row]), owner[row], row, int(last[row])) for row in range(rows)]

    def joint(self, weights: Floats, reached: NDArray[np.bool_], tiers: int | None) -> Floats:
        """(rows,) sum over held activities of weight x loss if the row stops, over all chains of `reached` activities.

        ``l_i = max(member_i, max over inputs s of chi_s x sum over suppliers j of m_sj l_j)``, the least solution.
        """
        inputs = np.flatnonzero(reached[self.network.slot_activity])
        needs = sparse.csr_array(sparse.diags_array(self.network.criticality) @ self.supply)[inputs]
        customer, start = np.unique(self.network.slot_activity[inputs], return_index=True)
        total = np.zeros(self.member.shape[1])
        for first in range(0, len(total), BLOCK):
            loss = self.member[:, first : first + BLOCK].toarray()
            moving, rounds = np.arange(loss.shape[1]), 0
            while len(start) and len(moving) and (tiers is None or rounds < tiers):
                now = loss[:, moving]
                worst = np.maximum.reduceat(needs @ now, start, axis=0)
                rising = (worst > now[customer] + SETTLED).any(axis=0)
                now[customer] = np.maximum(now[customer], worst)
                loss[:, moving] = now
                moving, rounds = moving[rising], rounds + 1
            total[first : first + BLOCK] = weights @ loss
        return total

    def _ends(self, paths: Paths, held: int, *, stay: bool) -> tuple[Floats, Ints]:
        """Strength of the best chain into each row, and its last step: -1 if the held activity is in the row itself."""
        value = self.member[[held]].toarray()[0]
        end = np.full(len(value), -1, dtype=np.int64)
        if stay or not len(self.row):
            return value, end
        customer = self.network.slot_activity[self.slot]
        through = paths.strength[customer] * self.weight
        present, start = np.unique(self.row, return_index=True)
        best = np.zeros(len(value))
        best[present] = np.maximum.reduceat(through, start)
        winning = np.flatnonzero((through == best[self.row]) & (through > value[self.row]))
        winning = winning[np.argsort(-paths.links[customer[winning]], kind="stable")]
        end[self.row[winning]] = winning  # of equals the last one stays: the one with the fewest links
        return np.maximum(value, best), end

    def _text(self, paths: Paths | None, held: int, row: int, last: int) -> str:
        """Write the chain, holding first; "" if none has any weight."""
        if paths is None:
            return ""
        chain = [held]
        if last >= 0:
            slot = int(self.slot[last])
            parts = self.supply[[slot]].multiply(self.member[:, [row]].T).toarray()[0]
            chain = [*trace(paths, int(self.network.slot_activity[slot])), int(np.argmax(parts))]
        return " < ".join(self.network.activities[position] for position in chain)
