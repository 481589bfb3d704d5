from __future__ import annotations

import math

import pytest

from palestra.trainer.lab.bands import are_disjoint, band, paired
from palestra.verifiers.statistics import Estimate


def test_the_band_is_students() -> None:
    # 5 values: t(.975, 4) = 2.776, sd = sqrt(2.5), half = 2.776 * sqrt(2.5 / 5)
    estimate = band([1.0, 2.0, 3.0, 4.0, 5.0])
    assert estimate.value == 3.0
    assert estimate.high - 3.0 == pytest.approx(2.776 * math.sqrt(0.5))


def test_one_value_says_nothing_of_the_spread() -> None:
    assert band([0.5]) == Estimate(0.5, -math.inf, math.inf)
    with pytest.raises(ValueError, match="no values"):
        band([])


def test_paired_differences_ignore_what_seeds_share() -> None:
    assert paired([0.2, 0.5, 0.9], [0.1, 0.4, 0.8]).value == pytest.approx(0.1)
    assert paired([0.2, 0.5, 0.9], [0.1, 0.4, 0.8]).high == pytest.approx(0.1)


def test_touching_bands_are_not_disjoint() -> None:
    assert are_disjoint(Estimate(0.1, 0.0, 0.2), Estimate(0.5, 0.3, 0.6))
    assert not are_disjoint(Estimate(0.1, 0.0, 0.3), Estimate(0.5, 0.3, 0.6))
