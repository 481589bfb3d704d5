from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from palestra.trainer.advantages import Advantage, DrGrpo, Grpo, Rloo, ScoredGroups, informative_groups

NAN = math.nan
ADVANTAGES: list[Advantage] = [Grpo(), Grpo(ddof=0, eps=0.0), DrGrpo(), Rloo()]


def of(estimator: Advantage, rewards: list[list[float]]) -> list[list[float]]:
    return estimator(ScoredGroups.of_rewards(torch.tensor(rewards, dtype=torch.float64))).tolist()


@pytest.mark.parametrize(
    ("estimator", "expected"),
    [
        # METHODS 0, trap 3: the two flavours of the standard deviation; METHODS 33
        (Grpo(ddof=1), [1.5, -0.5, -0.5, -0.5]),
        (Grpo(ddof=0), [1.732051, -0.577350, -0.577350, -0.577350]),
        (DrGrpo(), [0.75, -0.25, -0.25, -0.25]),
        (Rloo(), [1.0, -1 / 3, -1 / 3, -1 / 3]),
    ],
    ids=repr,
)
def test_one_success_in_four_gives_the_published_advantages(estimator: Advantage, expected: list[float]) -> None:
    assert of(estimator, [[1.0, 0.0, 0.0, 0.0]])[0] == pytest.approx(expected, abs=1e-5)


def test_one_success_in_512_has_a_huge_population_z_score() -> None:
    assert of(Grpo(ddof=0, eps=0.0), [[1.0] + [0.0] * 511])[0][0] == pytest.approx(22.605, abs=1e-3)


@pytest.mark.parametrize("estimator", ADVANTAGES, ids=repr)
def test_masked_samples_have_no_advantage_and_do_not_count(estimator: Advantage) -> None:
    with_masked = of(estimator, [[1.0, NAN, 0.0, 0.0, NAN, 0.0]])[0]
    without = of(estimator, [[1.0, 0.0, 0.0, 0.0]])[0]
    assert [with_masked[i] for i in (0, 2, 3, 5)] == pytest.approx(without)
    assert with_masked[1] == with_masked[4] == 0.0


@pytest.mark.parametrize("estimator", ADVANTAGES, ids=repr)
@pytest.mark.parametrize("group", [[1.0], [0.7, NAN], [NAN, NAN], [0.1, 0.1, 0.1], [0.1, NAN, 0.1, 0.1]], ids=repr)
def test_a_group_of_one_or_of_equals_has_no_advantage(estimator: Advantage, group: list[float]) -> None:
    # METHODS 0, trap 4: verl lets a group of one keep its raw reward. Here it is 0: nothing to compare with.
    assert of(estimator, [group]) == [[0.0] * len(group)]


@pytest.mark.parametrize("estimator", ADVANTAGES, ids=repr)
def test_groups_do_not_see_each_other(estimator: Advantage) -> None:
    first, second = [1.0, 0.0, 0.5], [NAN, 3.0, -2.0]
    assert of(estimator, [first, second]) == [of(estimator, [first])[0], of(estimator, [second])[0]]


@pytest.mark.parametrize("estimator", ADVANTAGES, ids=repr)
def test_no_groups_and_empty_groups_give_empty_advantages(estimator: Advantage) -> None:
    assert estimator(ScoredGroups.of_rewards(torch.zeros(0, 4))).shape == (0, 4)
    assert estimator(ScoredGroups.of_rewards(torch.zeros(3, 0))).shape == (3, 0)


def test_informative_groups_are_those_with_two_different_valid_rewards() -> None:
    rewards_PG = torch.tensor([[1.0, 0.0, NAN], [1.0, 1.0, NAN], [1.0, NAN, NAN], [NAN, NAN, NAN]])
    assert informative_groups(rewards_PG).tolist() == [True, False, False, False]


groups = st.lists(
    st.one_of(st.just(NAN), st.sampled_from([0.0, 0.25, 1.0]), st.floats(-5, 5, width=16)), min_size=1, max_size=12
)


@pytest.mark.parametrize("estimator", ADVANTAGES, ids=repr)
@settings(deadline=None)
@given(group=groups)
def test_advantages_of_a_group_sum_to_zero_and_keep_the_order(estimator: Advantage, group: list[float]) -> None:
    advantages = of(estimator, [group])[0]
    assert sum(advantages) == pytest.approx(0.0, abs=1e-6 * max(1.0, *map(abs, advantages)))
    valid = sorted((r, a) for r, a in zip(group, advantages, strict=True) if not math.isnan(r))
    assert [a for _, a in valid] == pytest.approx(sorted(a for _, a in valid))
    assert all(math.isfinite(a) for a in advantages)


@settings(deadline=None)
@given(group=groups, scale=st.floats(0.1, 10.0), shift=st.floats(-10.0, 10.0))
def test_z_scores_ignore_every_affine_correction_of_the_rewards(group: list[float], scale: float, shift: float) -> None:
    valid = [r for r in group if not math.isnan(r)]
    if not valid or 0.0 < max(valid) - min(valid) < 1e-3:
        return
    corrected = [scale * r + shift for r in group]
    estimator = Grpo(eps=0.0)
    assert of(estimator, [corrected])[0] == pytest.approx(of(estimator, [group])[0], abs=1e-6)


@settings(deadline=None)
@given(group=groups)
def test_rloo_is_the_reward_less_the_mean_of_the_others(group: list[float]) -> None:
    valid = [i for i, r in enumerate(group) if not math.isnan(r)]
    advantages = of(Rloo(), [group])[0]
    if len(valid) >= 2:
        for i in valid:
            others = [group[j] for j in valid if j != i]
            assert advantages[i] == pytest.approx(group[i] - sum(others) / len(others), abs=1e-9)


def test_the_dtype_of_the_rewards_is_kept() -> None:
    for estimator in ADVANTAGES:
        assert estimator(ScoredGroups.of_rewards(torch.tensor([[1.0, 0.0]]))).dtype is torch.float32


@pytest.mark.parametrize(
    "rewards_PG", [torch.tensor([[1.0, math.inf]]), torch.zeros(4), torch.zeros(2, 2, dtype=torch.int64)]
)
def test_infinite_rewards_and_other_shapes_are_refused(rewards_PG: torch.Tensor) -> None:
    with pytest.raises(ValueError, match="reward"):
        ScoredGroups.of_rewards(rewards_PG)


@pytest.mark.parametrize("options", [{"ddof": 2}, {"eps": -1.0}, {"eps": NAN}])
def test_grpo_refuses_options_out_of_range(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        Grpo(**options)  # type: ignore[arg-type]
