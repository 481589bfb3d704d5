from __future__ import annotations

import math
from collections import Counter
from itertools import combinations
from statistics import pvariance
from typing import get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from palestra.trainer.advantages import DrGrpo, Grpo, ScoredGroups
from palestra.trainer.selection import AdaBalance, D3s, EvenPrompts, Filtration, KeepAll, PfPpo, RedDrop, Selection
from palestra.trainer.selection.d3s import widest
from palestra.trainer.selection.pf_ppo import draw_weights
from palestra.verifiers.keyed_random import KeyedRandom

NAN = math.nan
RANDOM = KeyedRandom("test")
GROUPS = st.lists(
    st.lists(st.sampled_from([0.0, 1.0, 0.5, -0.25, NAN]), min_size=6, max_size=6), min_size=1, max_size=4
).map(torch.tensor)


def _choose(selection: Selection, rewards: torch.Tensor, progress: float = 0.0) -> tuple[torch.Tensor, torch.Tensor]:
    groups = ScoredGroups.of_rewards(rewards)
    chosen = selection(
        ScoredGroups(
            rewards_PG=groups.rewards_PG,
            lengths_PG=groups.lengths_PG,
            progress=progress,
        ),
        DrGrpo(),
        KeyedRandom("test"),
    )
    return chosen.advantages_PG, chosen.copies_PG


@pytest.mark.parametrize("member", get_args(Selection))
@given(rewards=GROUPS)
def test_masked_samples_are_never_chosen_and_equal_keys_choose_alike(
    member: type[Selection], rewards: torch.Tensor
) -> None:
    advantages, copies = _choose(member(), rewards)
    again = _choose(member(), rewards)
    assert advantages.isfinite().all() and (copies >= 0).all()
    assert not copies[rewards.isnan()].any() and not advantages[rewards.isnan()].any()
    assert torch.equal(advantages, again[0]) and torch.equal(copies, again[1])


@pytest.mark.parametrize("member", get_args(Selection))
def test_a_step_without_samples_is_survived(member: type[Selection]) -> None:
    for rewards in (torch.empty(0, 0), torch.full((2, 3), NAN)):
        advantages, copies = _choose(member(), rewards)
        assert advantages.shape == copies.shape == rewards.shape and not copies.any()


def test_red_drop_keeps_as_many_bad_as_good_and_takes_the_mean_again() -> None:
    # METHODS 6.
    rewards = torch.tensor([[1.0, 0, 0, 0, 0, 1, 0, 0]])
    advantages, copies = _choose(RedDrop(), rewards)
    kept = copies[0] > 0
    assert kept[rewards[0] == 1].all() and kept.sum() == 4
    assert advantages[0, kept].abs().tolist() == [0.5] * 4
    assert not advantages[0, ~kept].any()


def test_red_drop_leaves_groups_with_more_good_than_bad_alone() -> None:
    _, copies = _choose(RedDrop(), torch.tensor([[1.0, 1, 1, 0], [0.0, 0, 0, 0]]))
    assert copies.all()


@pytest.mark.parametrize(("right", "kept", "values"), [(5, 2, (0.583333, -0.416667)), (1, 1, (0.916667, -0.083333))])
def test_ada_balance_keeps_the_advantages_of_the_pool(right: int, kept: int, values: tuple[float, float]) -> None:
    # METHODS 7: a pool of 12, n = 4.
    rewards = torch.tensor([[1.0] * right + [0.0] * (12 - right)])
    advantages, copies = _choose(AdaBalance(keep=4), rewards)
    good, bad = (advantages[0][(rewards[0] == which) & (copies[0] > 0)].tolist() for which in (1.0, 0.0))
    assert good == pytest.approx([values[0]] * kept, abs=1e-6)
    assert bad == pytest.approx([values[1]] * (4 - kept), abs=1e-6)
    if right == 5:
        assert sum(good + bad) == pytest.approx(0.3333, abs=1e-4)


@given(st.integers(0, 12), st.integers(0, 12), st.integers(2, 9))
def test_ada_balance_keeps_as_many_as_it_is_told_if_there_are_so_many(right: int, wrong: int, keep: int) -> None:
    rewards = torch.tensor([[1.0] * right + [0.0] * wrong + [NAN] * 3])
    _, copies = _choose(AdaBalance(keep=keep), rewards)
    assert copies.sum() == min(keep, right + wrong) and copies.max() <= 1
    if min(right, wrong) >= keep - keep // 2:
        assert abs(int(copies[0, :right].sum()) - keep / 2) < 1


def test_d3s_finds_the_published_subset() -> None:
    # METHODS 10.
    values = [1.5, 0.5, -0.5, -0.5, -1.0, 0.2]
    assert sorted(values[place] for place in widest(values, 3)) == [-1.0, -0.5, 1.5]
    ordered = sorted(values)
    splits = [pvariance([*ordered[:i], *ordered[6 - (3 - i) :]]) for i in range(4)]
    assert splits == pytest.approx([0.308889, 1.055556, 1.166667, 0.055556], abs=1e-6)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=9), st.integers(0, 9))
def test_no_subset_has_a_greater_variance(values: list[float], count: int) -> None:
    # METHODS 39.3, over all subsets.
    kept = widest(values, count)
    assert len(set(kept)) == len(kept) == min(count, len(values))
    if 0 < count <= len(values):
        best = max(pvariance(subset) for subset in combinations(values, count))
        assert pvariance([values[place] for place in kept]) == pytest.approx(best, abs=1e-9)


def test_d3s_keeps_more_as_training_goes_on() -> None:
    rewards = torch.tensor([[1.0, 0, 0, 0], [1.0, 1, 0, 0]])
    kept = [int(_choose(D3s(), rewards, progress)[1].sum()) for progress in (0.0, 0.5, 1.0)]
    assert kept == [2, 4, 6]


@pytest.mark.parametrize(
    ("filtration", "weights"),
    [
        (Filtration.BEST, [0.571429, 0.142857, 0.142857, 0.142857]),
        (Filtration.BEST_WORST, [0.5, 0.0, 0.5, 0.0]),
        (Filtration.POWER, [0.794118, 0.039216, 0.156863, 0.009804]),
    ],
)
def test_pf_ppo_draws_by_the_published_weights(filtration: Filtration, weights: list[float]) -> None:
    # METHODS 20.
    rewards = [0.9, 0.2, -0.4, 0.1]
    assert draw_weights(rewards, filtration) == pytest.approx(weights, abs=1e-6)
    rounds = 500
    drawn: Counter[int] = Counter()
    for number in range(rounds):
        groups = ScoredGroups.of_rewards(torch.tensor([[*rewards, NAN]]))
        copies = PfPpo(filtration=filtration)(groups, DrGrpo(), KeyedRandom("draws", number)).copies_PG
        assert copies.sum() == 4 and copies[0, 4] == 0
        drawn.update({place: int(count) for place, count in enumerate(copies[0, :4])})
    for place, weight in enumerate(weights):
        deviation = math.sqrt(weight * (1 - weight) / (4 * rounds))
        assert abs(drawn[place] / (4 * rounds) - weight) <= 4 * deviation


def test_pf_ppo_draws_all_alike_where_rewards_say_nothing() -> None:
    assert draw_weights([0.0, 0.0], Filtration.POWER) == [0.5, 0.5]


def test_tasks_with_more_samples_count_no_more() -> None:
    rewards = torch.tensor([[1.0, 0.0, NAN, NAN, NAN, NAN], [1.0, 0.0, 1.0, 0.0, 1.0, 0.0]])
    advantages, copies = _choose(EvenPrompts(), rewards)
    sums = (advantages.abs() * copies).sum(dim=1)
    assert sums[0] == pytest.approx(float(sums[1]))
    even = torch.tensor([[1.0, 0.0, 0.5], [0.0, 0.0, 1.0]])
    assert torch.allclose(_choose(EvenPrompts(), even)[0], _choose(KeepAll(), even)[0])


@pytest.mark.parametrize(
    "wrong", [lambda: AdaBalance(keep=1), lambda: D3s(first=0.0), lambda: D3s(last=1.5)], ids=["keep", "first", "last"]
)
def test_wrong_settings_are_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match="must be"):
        wrong()  # type: ignore[operator]


def test_any_estimator_goes_with_any_selection() -> None:
    groups = ScoredGroups.of_rewards(torch.tensor([[1.0, 0.0, 0.0, 0.0]]))
    kept = RedDrop()(groups, Grpo(ddof=0), RANDOM)
    assert sorted(kept.advantages_PG[kept.copies_PG > 0].tolist()) == pytest.approx([-1.0, 1.0], abs=1e-5)
