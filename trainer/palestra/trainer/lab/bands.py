"""Means over few seeds with 95% intervals that say how few they are."""

from __future__ import annotations

import math
from collections.abc import Sequence

from palestra.verifiers.statistics import Estimate

_T975 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
"""The 97.5% points of Student's distribution with 1, 2, ... degrees of freedom."""


def band(values: Sequence[float]) -> Estimate:
    """The mean with Student's 95% interval; unbounded for a single value, which says nothing of the spread.

        >>> band([0.5, 0.6, 0.7]).value, round(band([0.5, 0.6, 0.7]).high, 3)
        (0.6, 0.848)

    Raises:
        ValueError: There are no values.
    """
    if not values:
        raise ValueError("no values to take the mean of")
    mean = math.fsum(values) / len(values)
    if len(values) == 1:
        return Estimate(mean, -math.inf, math.inf)
    sd = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
    freedom = len(values) - 1
    # Beyond the table the 30 degrees' point is taken, which is too large by 4% at most.
    half = _T975[min(freedom, len(_T975)) - 1] * sd / math.sqrt(len(values))
    return Estimate(mean, mean - half, mean + half)


def paired(values: Sequence[float], others: Sequence[float]) -> Estimate:
    """The mean difference of the same seeds' values, with its interval."""
    return band([value - other for value, other in zip(values, others, strict=True)])


def are_disjoint(one: Estimate, other: Estimate) -> bool:
    """Whether two intervals have nothing in common."""
    return one.high < other.low or other.high < one.low
