from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from advantage_cases import ESTIMATORS, NAN
from credit_cases import episode
from palestra.agents import Rollout
from palestra.trainer.advantages import Advantage, DrGrpo, Grpo, Rloo
from palestra.trainer.credit import Credit, DenseTurns, DurationWeighted, TurnReturns, WholeResponse
from palestra.trainer.credit.dense_turns import dense_rewards
from palestra.trainer.credit.duration_weighted import duration_weights
from palestra.trainer.learner.batching import groups_of, scored_groups
from palestra.trainer.losses import PolicyLoss
from palestra.trainer.objective.aggregation import TokenMean
from palestra.trainer.packing.head import Head, policy_loss
from palestra.trainer.packing.packs import Pack
from palestra.trainer.rewards import ScoredRollout

EVERY: list[Credit] = [
    WholeResponse(),
    TurnReturns(),
    TurnReturns(gamma=0.5),
    DenseTurns(max_total=5.0),
    DurationWeighted(),
    DurationWeighted(of=TurnReturns()),
]
every = pytest.mark.parametrize("credit", EVERY, ids=repr)


def test_every_credit_is_tried() -> None:
    assert {type(credit) for credit in EVERY} == set(get_args(Credit))


def spread(
    credit: Credit, *groups: Sequence[ScoredRollout], estimate: Advantage | None = None
) -> list[list[tuple[float, ...]]]:
    estimator = estimate or DrGrpo()
    return credit(groups, estimator(scored_groups(groups)), estimator)


def approximately(*turns: Sequence[float]) -> list[object]:
    return [pytest.approx(of_turns, abs=1e-6) for of_turns in turns]


def test_a_turn_has_the_advantage_of_what_was_earned_from_it_on() -> None:
    # Outcomes 1 and 0, the first episode's credits .1 and .3: returns 1.4 1.3, and 0 0.
    group = [episode(1.4, (0.1, 0.3)), episode(0.0, (0.0, 0.0))]
    assert spread(TurnReturns(), group) == [approximately((0.7, 0.65), (-0.7, -0.65))]
    assert spread(TurnReturns(), group, estimate=Rloo()) == [approximately((1.4, 1.3), (-1.4, -1.3))]
    half = TurnReturns(gamma=0.5)  # returns .1 + 1.3 / 2 and 1.3
    assert spread(half, group) == [approximately((0.375, 0.65), (-0.375, -0.65))]


def test_a_turn_is_compared_with_the_same_turn_of_those_that_came_as_far() -> None:
    # Three reach turn 1 with the returns 1, 0 and 0; the fourth had ended.
    group = [episode(1.0, turns=2), episode(0.0, turns=2), episode(0.0, turns=3), episode(1.0, turns=1)]
    found = spread(TurnReturns(), group)[0]
    assert [of_turns[0] for of_turns in found] == pytest.approx([0.5, -0.5, -0.5, 0.5])
    assert [of_turns[1] for of_turns in found[:3]] == pytest.approx([2 / 3, -1 / 3, -1 / 3])
    assert len(found[3]) == 1


def test_a_turn_that_no_other_rollout_came_to_takes_the_rollouts_own_advantage() -> None:
    group = [episode(0.0, turns=3), episode(1.0, turns=1), episode(NAN, turns=3)]
    assert spread(TurnReturns(), group) == [approximately((-0.5, -0.5, -0.5), (0.5,), (0.0, 0.0, 0.0)[:1])]


@pytest.mark.parametrize("estimate", ESTIMATORS, ids=lambda estimate: estimate.kind)
def test_without_discount_the_first_turn_has_the_advantage_of_the_reward(estimate: Advantage) -> None:
    # Equal tokens in each first turn: lengths matter to some.
    groups = [
        [episode(1.4, (0.1, 0.3)), episode(0.5, (0.5,)), episode(0.0, (0.0, 0.0, 0.0)), episode(NAN, (0.0,))],
        [episode(1.0), episode(1.0), episode(0.0)],
    ]
    equal = [[replace(scored, rollout=episode(0.0).rollout) for scored in group] for group in groups]
    whole_PG = estimate(scored_groups(equal))
    found = TurnReturns()(groups, whole_PG, estimate)
    assert [of_turns[0] for group in found for of_turns in group] == pytest.approx(
        [*whole_PG[0].tolist(), *whole_PG[1, :3].tolist()], abs=1e-5
    )


def test_equal_returns_are_equal_in_whatever_order_they_were_earned() -> None:
    steps = (0.1, 0.2, 0.3, 0.7)
    group = [episode(1.0 + sum(steps), steps), episode(1.0 + sum(steps[::-1]), steps[::-1])]
    found = spread(TurnReturns(), group, estimate=Grpo(eps=0.0))[0]
    assert found[0][0] == found[1][0] == 0.0


def test_dense_rewards_are_the_published_ones() -> None:
    # METHODS 15
    assert dense_rewards([1, 1, 0, 1], is_won=True, max_total=5) == pytest.approx([1 / 3, 1 / 3, 0, 1 / 3])
    assert dense_rewards([1, 1, 0, 1], is_won=False, max_total=5) == pytest.approx([0.2, 0.2, 0, 0.2])


def test_dense_turns_pay_turns_in_the_place_of_the_outcome() -> None:
    won = episode(1.05, (0.05, 0.0, 0.0), earned=(1.0, 0.0, 1.0))
    lost = episode(0.0, (0.0, 0.0, 0.0), earned=(1.0, 1.0, 0.0))
    # Returns 1 .5 .5, and .4 .2 0.
    assert spread(DenseTurns(max_total=5.0), [won, lost]) == [approximately((0.3, 0.15, 0.25), (-0.3, -0.15, -0.25))]


def test_dense_turns_pay_the_outcome_where_turns_earn_nothing_or_are_not_paid() -> None:
    won_without = episode(1.0, (0.0, 0.0), earned=(0.0, 0.0))
    unpaid = episode(1.0, (), earned=(1.0, 1.0))  # a null control, or `reward.turns` is off
    lost = episode(0.0, (0.0, 0.0), earned=(0.0, 0.0))
    found = spread(DenseTurns(max_total=2.0), [won_without, unpaid, lost])[0]
    assert found == approximately((1 / 3, 1 / 3), (1 / 3, 1 / 3), (-2 / 3, -2 / 3))


def test_durations_weigh_by_the_mean_turn_of_the_step() -> None:
    # METHODS 14
    assert duration_weights([1, 3, 8], 4.0, 10.0) == [0.25, 0.75, 2.0]
    group = [episode(1.0, seconds=(1.0, 3.0)), episode(0.0, seconds=(8.0,)), episode(NAN, seconds=(99.0,))]
    assert spread(DurationWeighted(), group) == [approximately((0.125, 0.375), (-1.0,), (0.0,))]
    inner = DurationWeighted(of=TurnReturns())
    assert spread(inner, group) == [approximately((0.125, 0.375), (-1.0,), (0.0,))]


def test_one_turn_that_hangs_weighs_at_most_the_largest_weight() -> None:
    quick = [episode(float(i % 2), seconds=(0.01,)) for i in range(30)]
    found = spread(DurationWeighted(max_weight=10.0), [*quick, episode(1.0, seconds=(1000.0,))])[0]
    assert found[-1][0] == pytest.approx(10.0 * 15 / 31, abs=1e-6)


def test_without_durations_every_turn_weighs_the_same() -> None:
    group = [episode(1.0, turns=2), episode(0.0, turns=1)]
    assert spread(DurationWeighted(), group) == spread(WholeResponse(), group)


def test_logged_durations_give_the_same_advantages() -> None:
    group = [episode(1.0, seconds=(0.1, 3.0)), episode(0.0, seconds=(8.0,))]
    read = [replace(scored, rollout=Rollout.from_json(scored.rollout.to_json())) for scored in group]
    assert spread(DurationWeighted(), read) == spread(DurationWeighted(), group)


episodes = st.tuples(
    st.one_of(st.just(NAN), st.sampled_from([0.0, 1.0, 0.5])),
    st.integers(1, 4),
    st.lists(st.sampled_from([0.0, 0.1]), min_size=4, max_size=4),
    st.lists(st.floats(0.0, 50.0), min_size=4, max_size=4),
)
groups = st.lists(st.lists(episodes, min_size=1, max_size=4), min_size=1, max_size=3)


def built(drawn: list[list[tuple[float, int, list[float], list[float]]]]) -> list[list[ScoredRollout]]:
    return [
        [
            episode(outcome + sum(steps[:turns]), steps[:turns], earned=steps[:turns], seconds=seconds[:turns])
            for outcome, turns, steps, seconds in group
        ]
        for group in drawn
    ]


@every
@settings(deadline=None, max_examples=30)
@given(drawn=groups, estimate=st.sampled_from(ESTIMATORS))
def test_the_learner_gets_a_finite_number_for_each_token_and_0_on_observations(
    credit: Credit, drawn: list[list[tuple[float, int, list[float], list[float]]]], estimate: Advantage
) -> None:
    scored = built(drawn)
    found = spread(credit, *scored, estimate=estimate)
    for built_group in groups_of(scored, found, [[1] * len(group) for group in scored], TokenMean()):
        for sample in built_group.samples:
            assert all(map(math.isfinite, sample.advantages))
            assert all(a == 0.0 for a, is_policy in zip(sample.advantages, sample.mask, strict=True) if not is_policy)


@every
@settings(deadline=None, max_examples=30)
@given(drawn=groups, where=st.integers(0, 4))
def test_a_masked_rollout_never_matters(
    credit: Credit, drawn: list[list[tuple[float, int, list[float], list[float]]]], where: int
) -> None:
    masked = (NAN, 3, [0.1] * 4, [40.0] * 4)
    plain = spread(credit, *built(drawn), estimate=Grpo())
    with_masked = spread(credit, *built([[*group[:where], masked, *group[where:]] for group in drawn]), estimate=Grpo())
    for group, other in zip(plain, with_masked, strict=True):
        position = min(where, len(group))
        assert [*other[:position], *other[position + 1 :]] == approximately(*group)


@every
@pytest.mark.parametrize("loss", [member() for member in get_args(PolicyLoss)], ids=lambda loss: loss.kind)
def test_the_gradient_on_observation_tokens_is_exactly_0(credit: Credit, loss: PolicyLoss) -> None:
    # METHODS 15 and 39.3. Nothing that an observation token carries reaches a gradient: neither its advantage nor
    # the position that would predict it.
    scored = [[episode(1.1, (0.1, 0.0), seconds=(1.0, 2.0)), episode(0.0, (0.0, 0.0), seconds=(4.0, 1.0))]]
    [group] = groups_of(scored, spread(credit, *scored), [[1, 1]], TokenMean())
    tainted = [
        replace(
            sample,
            advantages=tuple(a if m else 1e6 for a, m in zip(sample.advantages, sample.mask, strict=True)),
            behaviour=tuple(b if m else 50.0 for b, m in zip(sample.behaviour, sample.mask, strict=True)),
        )
        for sample in group.samples
    ]
    gradients = []
    for samples in (group.samples, tuple(tainted)):
        pack = Pack.of([replace(group, samples=samples)], torch.device("cpu"))
        # Two prompt tokens, then four that both episodes share (their last token predicts nothing): policy, policy,
        # observation, policy. The second of them would predict the observation.
        assert pack.predicting_U.tolist() == [1, 2, 4, 5]
        assert len(pack.tokens.target_M) == 8
        hidden_UW = torch.randn(len(pack.predicting_U), 6, generator=torch.Generator().manual_seed(0)).requires_grad_()
        head = Head(weight_VW=torch.ones(9, 6).cumsum(0).cos())
        policy_loss(head, hidden_UW, pack.tokens, loss)[0].backward()
        gradients.append(hidden_UW.grad)
    assert gradients[0] is not None and gradients[1] is not None
    assert gradients[0].equal(gradients[1])


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (lambda: TurnReturns(gamma=1.5), "gamma"),
        (lambda: DenseTurns(max_total=0.0), "max_total"),
        (lambda: DenseTurns(max_total=1.0, gamma=-1.0), "gamma"),
        (lambda: DurationWeighted(max_weight=0.0), "max_weight"),
    ],
)
def test_options_out_of_range_are_refused(options: object, named: str) -> None:
    assert callable(options)
    with pytest.raises(ValueError, match=named):
        options()
