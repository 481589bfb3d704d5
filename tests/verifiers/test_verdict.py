import math
from collections.abc import Callable

import pytest

from palestra.verifiers import Outcome, Verdict


def test_constructors_give_the_score_of_their_outcome() -> None:
    assert Verdict.passed().score == 1.0
    for verdict in (Verdict.failed(), Verdict.unparsed(), Verdict.timeout()):
        assert (verdict.score, verdict.valid) == (0.0, True)
    assert not Verdict.unknown(0.5).valid
    assert not Verdict.error("broken").valid


def test_the_ends_of_partial_are_pass_and_fail() -> None:
    outcomes = [Verdict.partial(score).outcome for score in (0.0, 0.5, 1.0)]
    assert outcomes == [Outcome.FAIL, Outcome.PARTIAL, Outcome.PASS]


@pytest.mark.parametrize("score", [-0.1, 1.1, math.nan, math.inf])
def test_a_score_outside_of_the_unit_interval_is_refused(score: float) -> None:
    with pytest.raises(ValueError):
        Verdict.partial(score)


def test_inconsistent_verdicts_are_refused() -> None:
    builds: list[Callable[[], Verdict]] = [
        lambda: Verdict(score=0.5, outcome=Outcome.PASS),
        lambda: Verdict(score=0.5, outcome=Outcome.FAIL),
        lambda: Verdict(score=0.0, outcome=Outcome.UNKNOWN),
        lambda: Verdict(score=0.0, outcome=Outcome.FAIL, p_correct=0.5),
        lambda: Verdict.unknown(1.5),
        lambda: Verdict.passed(parts={"x": math.inf}),
    ]
    for build in builds:
        with pytest.raises(ValueError):
            build()
