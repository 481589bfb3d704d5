from __future__ import annotations

import math

import pytest

from palestra.trainer.metrics import EvalMetrics
from palestra.trainer.stages import ForgettingCheck


def _result(name: str, step: int, mean: float) -> EvalMetrics:
    return EvalMetrics(
        step=step, name=name, tasks=10, samples=10, mean=mean, ci95=(0.0, 1.0), pass_at={}, invalid=0, seconds=0.0
    )


@pytest.mark.parametrize(("now", "is_drop"), [(0.5, False), (0.45, False), (0.449, True), (0.9, False), (0.0, True)])
def test_only_a_drop_beyond_the_tolerance_counts(now: float, is_drop: bool) -> None:
    # METHODS 22: after each stage all earlier evaluations run again; a drop beyond the tolerance fails.
    drops = ForgettingCheck(tolerance=0.05).drops([_result("math.heldout", 2, 0.5)], [_result("math.heldout", 4, now)])
    assert [(drop.before, drop.after) for drop in drops] == [(0.5, now)] * is_drop


def test_what_was_not_evaluated_says_nothing() -> None:
    check = ForgettingCheck(tolerance=0.0)
    assert check.drops([_result("a", 2, 0.5)], [_result("b", 4, 0.1)]) == []
    assert check.drops([_result("a", 2, 0.5)], [_result("a", 4, math.nan)]) == []


def test_a_drop_is_a_sentence() -> None:
    [drop] = ForgettingCheck().drops([_result("a", 2, 0.5)], [_result("a", 4, 0.25)])
    assert drop.describe() == "`a` fell from 0.500 to 0.250"


@pytest.mark.parametrize("tolerance", [-0.1, 1.1, math.nan])
def test_a_tolerance_is_a_share(tolerance: float) -> None:
    with pytest.raises(ValueError, match="tolerance must be in"):
        ForgettingCheck(tolerance=tolerance)
