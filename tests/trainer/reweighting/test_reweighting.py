from __future__ import annotations

import math
from typing import get_args

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from advantage_cases import NAN, scored
from palestra.trainer.advantages import DrGrpo, Grpo, ScoredGroups
from palestra.trainer.reweighting import (
    DifficultyAware,
    KlWeighting,
    LengthRegularisation,
    Reweighting,
    SampleWeights,
    SigmaFilter,
    UniformKl,
    product_of,
    weighted_turns,
)

EVERY: list[SampleWeights] = [member() for member in (*get_args(Reweighting), *get_args(KlWeighting))]


def weights(weigh: SampleWeights, groups: ScoredGroups, estimate: DrGrpo | Grpo | None = None) -> list[list[float]]:
    found: list[list[float]] = weigh(groups, (estimate or Grpo(ddof=1, eps=0.0))(groups)).tolist()
    return found


def test_the_sigma_filter_kills_rare_successes() -> None:
    # METHODS 21: the one right response of sixteen lies 3.75 standard deviations out
    groups = scored([[1.0] + [0.0] * 15])
    assert Grpo(eps=0.0)(groups).tolist()[0][0] == pytest.approx(3.75)
    assert weights(SigmaFilter(), groups) == [[0.0] + [1.0] * 15]
    assert weights(SigmaFilter(sigmas=4.0), groups) == [[1.0] * 16]


def test_the_sigma_filter_looks_at_the_batch_of_valid_samples() -> None:
    groups = scored([[1.0] + [0.0] * 7 + [NAN] * 2, [0.0] * 8 + [NAN] * 2])
    found = weights(SigmaFilter(), groups, DrGrpo())
    assert found[0][:8] == [0.0] + [1.0] * 7
    assert found[1][:8] == [1.0] * 8
    assert weights(SigmaFilter(), scored([[NAN, 1.0]])) == [[1.0, 1.0]]
    assert weights(SigmaFilter(), scored([[1.0, 1.0]])) == [[1.0, 1.0]]


@pytest.mark.parametrize(
    ("excess", "factor"),
    # METHODS 26, STCR
    [(0, 1.0), (100, 1.000999), (1000, 1.009950), (10000, 1.095162), (-50, 1.0)],
)
def test_long_wrong_responses_weigh_more(excess: int, factor: float) -> None:
    groups = scored([[1, 1, 0, NAN]], [[80, 120, 100 + excess, 9999]])
    assert weights(LengthRegularisation(), groups)[0] == pytest.approx([1.0, 1.0, factor, 1.0], abs=1e-6)


def test_without_a_right_response_no_length_is_the_usual_one() -> None:
    assert weights(LengthRegularisation(), scored([[0, 0, 0]], [[1, 5000, 9000]])) == [[1.0] * 3]


@pytest.mark.parametrize(
    ("right", "weight"),
    # METHODS 26, DADS: d = 1 - right / 4
    [(4, 1.0), (3, 0.869804), (2, 0.743119), (1, 0.493165), (0, 1.0)],
)
def test_good_samples_of_hard_tasks_bear_less_of_the_penalty(right: int, weight: float) -> None:
    groups = scored([[1.0] * right + [0.0] * (4 - right) + [NAN]])
    found = weights(DifficultyAware(rate=2.71828), groups)[0]
    assert found[:right] == pytest.approx([weight] * right, abs=1e-6)
    assert found[right:] == [1.0] * (5 - right)


def test_the_uniform_weighting_weighs_nothing() -> None:
    assert weights(UniformKl(), scored([[1, 0, NAN]])) == [[1.0, 1.0, 1.0]]


rewards = st.lists(st.lists(st.sampled_from([0.0, 1.0, 0.5, NAN]), min_size=5, max_size=5), min_size=1, max_size=3)


@pytest.mark.parametrize("weigh", EVERY, ids=lambda weigh: weigh.kind)
@settings(deadline=None, max_examples=30)
@given(rewards=rewards, lengths=st.lists(st.integers(1, 20000), min_size=5, max_size=5))
def test_factors_are_finite_and_masked_samples_never_matter(
    weigh: SampleWeights, rewards: list[list[float]], lengths: list[int]
) -> None:
    groups = scored(rewards, [lengths] * len(rewards))
    found_PG = weigh(groups, DrGrpo()(groups))
    assert found_PG.isfinite().all()
    assert (found_PG >= 0.0).all()
    wider = scored([[NAN, *row] for row in rewards], [[777, *lengths]] * len(rewards))
    assert weigh(wider, DrGrpo()(wider))[:, 1:][groups.valid_PG].tolist() == pytest.approx(
        found_PG[groups.valid_PG].tolist()
    )


def test_each_factor_sees_what_the_ones_before_left() -> None:
    groups = scored([[1.0] + [0.0] * 15], [[1] + [50001] * 15])
    advantages_PG = Grpo()(groups)
    both = product_of((SigmaFilter(), SigmaFilter(sigmas=0.5)), groups, advantages_PG).tolist()[0]
    assert both[0] == 0.0
    assert both[1] == 1.0  # without the outlier the others lie near their mean
    assert SigmaFilter(sigmas=0.1)(groups, advantages_PG).tolist()[0][1] == 0.0
    assert product_of((), groups, advantages_PG).tolist() == [[1.0] * 16]
    stretched = product_of((LengthRegularisation(), SigmaFilter()), groups, advantages_PG).tolist()[0]
    assert stretched[1] == pytest.approx(2.0 - math.exp(-math.log(1.00001) * 50000))


def test_a_factor_holds_for_every_turn() -> None:
    assert weighted_turns([[(1.0, -2.0), (3.0,)], [(4.0,)]], torch.tensor([[0.5, 0.0], [2.0, 9.0]])) == [
        [(0.5, -1.0), (0.0,)],
        [(8.0,)],
    ]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (lambda: SigmaFilter(sigmas=0.0), "sigmas"),
        (lambda: LengthRegularisation(base=0.9), "base"),
        (lambda: DifficultyAware(rate=math.inf), "rate"),
    ],
)
def test_options_out_of_range_are_refused(options: object, named: str) -> None:
    assert callable(options)
    with pytest.raises(ValueError, match=named):
        options()
