"""Hits become capacity: what each hit leaves of the activities it concerns (compiled)."""

from __future__ import annotations

from supplychain_risk.kernels.block import entry


@entry
def take_away(kept, activities, intensity, profile):
    """Multiply `kept` (T, A, D) by 1 - intensity (N, D) x profile (T, D) for the N activities of one hit, in place."""
    for step in range(kept.shape[0]):
        in_force = False
        for d in range(kept.shape[2]):
            in_force |= profile[step, d] > 0
        if not in_force:
            continue
        for n in range(len(activities)):
            i = activities[n]
            for d in range(kept.shape[2]):
                kept[step, i, d] *= 1 - intensity[n, d] * profile[step, d]


@entry
def lost(kept):
    """Turn what is kept into what is lost, in place."""
    for step in range(kept.shape[0]):
        for i in range(kept.shape[1]):
            for d in range(kept.shape[2]):
                kept[step, i, d] = 1 - kept[step, i, d]
