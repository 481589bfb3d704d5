from __future__ import annotations

import math

import pytest

from budget_cases import Script, by_rows, noisy, playground, run
from palestra.trainer.budgets import CorrectedShare, DynamicSampling, Insight, MixedRewards, Shortfall
from palestra.trainer.errors import BudgetError
from palestra.verifiers.keyed_random import KeyedRandom

SECTION_38 = by_rows("rrrr", "wwww", "rwrw")


@pytest.mark.parametrize("keep", [MixedRewards(), CorrectedShare()])
def test_groups_that_say_nothing_are_dropped_and_counted(keep: MixedRewards | CorrectedShare) -> None:
    # METHODS 38: B = 2, one round: one group of three is left, drop rate 2/3.
    ground = playground(SECTION_38)
    kept = run(DynamicSampling(keep=keep, max_rounds=1), ground, 2, 4)
    assert [prompt.number for prompt in kept] == [2]
    assert 1 - len(kept) / ground.drawn == pytest.approx(2 / 3)
    assert len(ground.results()) == 3, "the curriculum learns of dropped groups too"


def test_rounds_go_on_until_there_are_enough_groups_and_no_further() -> None:
    ground = playground(SECTION_38)
    kept = run(DynamicSampling(max_rounds=9), ground, 2, 4)
    assert [prompt.number for prompt in kept] == [2, 5]
    assert (ground.rounds, ground.drawn) == (3, 3 + 2 + 2)
    assert run(DynamicSampling(max_rounds=9), playground(by_rows("rw")), 4, 2)[-1].number == 3, "surplus is dropped"


def test_a_shortfall_stops_the_run_if_it_is_told_to() -> None:
    budget = DynamicSampling(max_rounds=2, shortfall=Shortfall.RAISE)
    with pytest.raises(BudgetError, match=r"0 of 6 groups(.|\n)*hint: "):
        run(budget, playground(by_rows("w")), 2, 4)
    assert run(DynamicSampling(max_rounds=2), playground(by_rows("w")), 2, 4) == []


def test_masked_samples_make_no_group_informative() -> None:
    for row in ("r???", "rr?r", "????", "w?ww"):
        for keep in (MixedRewards(), CorrectedShare()):
            assert not run(DynamicSampling(keep=keep, max_rounds=1), playground(by_rows(row)), 1, 4)


def test_the_raw_filter_reads_what_the_learner_is_paid() -> None:
    lengths = playground(
        by_rows("rrrr", "rr?w"), Insight(rewards_of=lambda group: [math.nan, 0.1, 0.3, 0.1][: len(group)])
    )
    assert len(run(DynamicSampling(keep=MixedRewards(), max_rounds=1), lengths, 2, 4)) == 2


def _noisy_script(truth: str, fpr: float, fnr: float) -> Script:
    def letter(number: int, sample: int) -> str:
        flipped = KeyedRandom("flip", number, sample).share() < (fnr if truth == "r" else fpr)
        return {"r": "w", "w": "r"}[truth] if flipped else truth

    return letter


@pytest.mark.parametrize(("truth", "fpr", "fnr", "expected"), [("w", 0.1, 0.0, 0.814698), ("r", 0.0, 0.2, 0.971852)])
def test_the_corrected_filter_keeps_less_noise_than_the_raw_one(
    truth: str, fpr: float, fnr: float, expected: float
) -> None:
    # METHODS 0, trap 2: groups of 16 that are all wrong, or all right, behind a verifier that errs.
    tasks = 100
    kept = {}
    for keep in (MixedRewards(), CorrectedShare(margin=2.0)):
        script = _noisy_script(truth, fpr, fnr)
        ground = playground(script, noisy(fpr, fnr))
        budget = DynamicSampling(keep=keep, max_rounds=1, overdraw=1.0)
        kept[keep.kind] = len(run(budget, ground, tasks, 16)) / tasks
    assert kept["mixed"] == pytest.approx(expected, abs=3 * math.sqrt(expected * (1 - expected) / tasks))
    assert kept["corrected"] < 0.15


def test_bounds_are_checked() -> None:
    for wrong in ({"max_rounds": 0}, {"overdraw": 0.9}, {"overdraw": math.inf}):
        with pytest.raises(ValueError, match="must be at least 1"):
            DynamicSampling(**wrong)
