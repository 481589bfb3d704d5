"""How much a stratum borrows from the next wider one, from how much its neighbours differ."""

from __future__ import annotations

from collections.abc import Sequence

from palestra.verifiers.noise.tally import Side

LEAST_STRENGTH, MOST_STRENGTH = 1.0, 20.0
"""Bounds of an estimated strength: one audit never settles a stratum, and a hundred are never outvoted."""


def pooling_strength(sides: Sequence[Side]) -> float:
    """How many audits the common share of some strata is worth in each of them.

    A stratum's share is thought of as drawn around the common one; where the strata's audits differ no more than
    chance lets them, the common share is worth much, and where they evidently differ, next to nothing.

        >>> alike = [Side(audited=10, weight=10, squares=10, right=right) for right in (7, 8, 7)]
        >>> apart = [Side(audited=10, weight=10, squares=10, right=right) for right in (0, 10, 9)]
        >>> pooling_strength(alike), pooling_strength(apart)
        (20.0, 1.0)

    Source: Kleinman, "Proportions with Extraneous Variance: Single and Independent Samples", Journal of the American
        Statistical Association 68, 1973: the moments of the beta-binomial; the bounds are ours.
    """
    audited = [(side.size, side.right / side.weight) for side in sides if side.audited]
    total = sum(size for size, _ in audited)
    common = sum(size * share for size, share in audited) / total if total else 0.0
    chance, freedom = common * (1.0 - common), len(audited) - 1
    room = total - sum(size * size for size, _ in audited) / total - freedom if total else 0.0
    if chance <= 0.0 or room <= 0.0:  # nothing can differ
        return MOST_STRENGTH
    found = sum(size * (share - common) ** 2 for size, share in audited) / chance
    correlation = (found - freedom) / room
    if correlation <= 0.0:
        return MOST_STRENGTH
    return min(max(1.0 / correlation - 1.0, LEAST_STRENGTH), MOST_STRENGTH)
