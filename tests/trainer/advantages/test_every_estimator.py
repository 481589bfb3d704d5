"""What holds for every estimator that a configuration can name, and what each says of itself."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from advantage_cases import ESTIMATORS, NAN, advantages, scored
from palestra.trainer.advantages import Advantage, AsymRe, DrGrpo, Grpo, Opmd, OpmdBaseline, Opo, Rloo, ScoredGroups
from palestra.trainer.advantages.components import component_advantages
from palestra.verifiers.noise import (
    Backward,
    BatchScored,
    Forward,
    GroupCentred,
    GroupScored,
    NoiseModel,
    Thresholded,
)

every = pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda estimator: estimator.kind)

samples = st.tuples(
    st.one_of(st.just(NAN), st.sampled_from([0.0, 0.25, 1.0]), st.floats(-4, 4, width=16)), st.integers(1, 50)
)
batches = st.integers(1, 6).flatmap(
    lambda width: st.lists(st.lists(samples, min_size=width, max_size=width), min_size=1, max_size=4)
)


def groups_of(batch: Sequence[Sequence[tuple[float, int]]]) -> ScoredGroups:
    rewards = [[reward for reward, _ in group] for group in batch]
    lengths = [[length for _, length in group] for group in batch]
    return scored(
        rewards, lengths, components={"a": rewards, "b": [[2.0 * r + max(r, 0.0) for r in row] for row in rewards]}
    )


def is_graspable(groups: ScoredGroups) -> bool:
    """Whether rewards that differ at all differ by enough for what is added to a standard deviation not to show."""
    rewards = [reward for row in groups.rewards_PG.tolist() for reward in row if not math.isnan(reward)]
    gaps = [abs(a - b) for a, b in itertools.combinations(rewards, 2) if a != b]
    return min(gaps, default=1.0) > 0.05


@every
@settings(deadline=None, max_examples=20)
@given(batch=batches)
def test_advantages_are_finite_and_those_of_masked_samples_are_0(
    estimator: Advantage, batch: list[list[tuple[float, int]]]
) -> None:
    groups = groups_of(batch)
    found_PG = estimator(groups)
    assert found_PG.shape == groups.rewards_PG.shape
    assert found_PG.dtype is torch.float64
    assert found_PG.isfinite().all()
    assert not found_PG[~groups.valid_PG].any()


@every
@settings(deadline=None, max_examples=20)
@given(batch=batches, where=st.integers(0, 6), length=st.integers(0, 99))
def test_masked_samples_and_groups_never_matter(
    estimator: Advantage, batch: list[list[tuple[float, int]]], where: int, length: int
) -> None:
    # A masked sample may have tokens; a missing one, as in a group that is smaller than others, has none.
    where = min(where, len(batch[0]))
    masked = [[*row[:where], (NAN, length), *row[where:]] for row in batch]
    masked.append([(NAN, length)] * len(masked[0]))
    with_masked_PG = estimator(groups_of(masked))[:-1]
    without_PG = torch.cat([with_masked_PG[:, :where], with_masked_PG[:, where + 1 :]], dim=1)
    torch.testing.assert_close(without_PG, estimator(groups_of(batch)), atol=1e-9, rtol=1e-9)


@every
@settings(deadline=None, max_examples=20)
@given(batch=batches)
def test_in_a_group_more_reward_is_never_less_advantage(
    estimator: Advantage, batch: list[list[tuple[float, int]]]
) -> None:
    rewards = [[reward for reward, _ in group] for group in batch]
    for row, found in zip(rewards, advantages(estimator, rewards), strict=True):
        known = sorted((r, a) for r, a in zip(row, found, strict=True) if not math.isnan(r))
        assert all(a <= b + 1e-9 for (_, a), (_, b) in itertools.pairwise(known))


@every
@settings(deadline=None, max_examples=20)
@given(batch=batches)
def test_the_order_of_samples_and_groups_does_not_matter(
    estimator: Advantage, batch: list[list[tuple[float, int]]]
) -> None:
    columns, rows = list(range(len(batch[0])))[::-1], list(range(len(batch)))[::-1]
    turned = [[batch[row][column] for column in columns] for row in rows]
    torch.testing.assert_close(
        estimator(groups_of(turned)), estimator(groups_of(batch))[rows][:, columns], atol=1e-9, rtol=1e-9
    )


@every
def test_the_dtype_of_the_rewards_is_kept_and_empty_groups_have_no_advantages(estimator: Advantage) -> None:
    assert estimator(ScoredGroups.of_rewards(torch.tensor([[1.0, 0.0]]))).dtype is torch.float32
    for shape in ((0, 4), (3, 0), (0, 0)):
        assert estimator(ScoredGroups.of_rewards(torch.zeros(shape))).shape == shape


def mapped(groups: ScoredGroups, scales: Sequence[float], shifts: Sequence[float]) -> ScoredGroups:
    """Another affine map of all rewards and components in each group."""
    scale_P1 = torch.tensor(scales, dtype=torch.float64)[:, None]
    shift_P1 = torch.tensor(shifts, dtype=torch.float64)[:, None]
    return ScoredGroups(
        rewards_PG=scale_P1 * groups.rewards_PG + shift_P1,
        lengths_PG=groups.lengths_PG,
        components={name: scale_P1 * values + shift_P1 for name, values in groups.components.items()},
    )


scales = st.floats(0.5, 2.0)
shifts = st.floats(-2.0, 2.0)


@every
@settings(deadline=None, max_examples=20)
@given(batch=batches, scale=st.lists(scales, min_size=4, max_size=4), shift=st.lists(shifts, min_size=4, max_size=4))
def test_what_an_estimator_says_of_affine_maps_is_so(
    estimator: Advantage, batch: list[list[tuple[float, int]]], scale: list[float], shift: list[float]
) -> None:
    groups = groups_of(batch)
    assume(is_graspable(groups))
    rows = len(batch)
    plain_PG = estimator(groups)
    each = mapped(groups, scale[:rows], shift[:rows])
    shifted = mapped(groups, [1.0] * rows, shift[:rows])
    alike = mapped(groups, scale[:1] * rows, shift[:1] * rows)
    claim = estimator.normalisation
    if isinstance(claim, GroupScored):
        assert_close(estimator(each), plain_PG)
    if isinstance(claim, GroupCentred) and not claim.weighs_groups:
        assert_close(estimator(shifted), plain_PG)
        if not claim.sees_scale:
            assert_close(estimator(alike), scale[0] * plain_PG)
    if isinstance(claim, BatchScored):
        assert_close(estimator(alike), plain_PG)
        if claim.is_group_centred:
            assert_close(estimator(shifted), plain_PG)


@every
def test_what_an_estimator_does_not_claim_is_not_so(estimator: Advantage) -> None:
    groups = scored([[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0]])
    scaled = mapped(groups, [1.5] * 3, [0.0] * 3)
    plain_PG, claim = estimator(groups), estimator.normalisation
    if isinstance(claim, GroupCentred):
        assert not torch.allclose(estimator(scaled), plain_PG)
        if claim.sees_scale or claim.weighs_groups:
            assert not torch.allclose(estimator(scaled), 1.5 * plain_PG)
        if claim.weighs_groups:
            assert not torch.allclose(estimator(mapped(groups, [1.0] * 3, [-0.2] * 3)), plain_PG)
    if isinstance(claim, BatchScored):
        assert not torch.allclose(estimator(mapped(groups, [1.0, 2.0, 3.0], [0.0] * 3)), plain_PG)
        if not claim.is_group_centred:
            assert not torch.allclose(estimator(mapped(groups, [1.0] * 3, [0.0, 1.0, 2.0])), plain_PG)


def assert_close(found_PG: torch.Tensor, expected_PG: torch.Tensor) -> None:
    torch.testing.assert_close(found_PG, expected_PG, atol=2e-4, rtol=2e-4)


NOISE = NoiseModel(fpr=0.1, fnr=0.2)


@every
def test_thresholds_do_not_see_a_backward_correction(estimator: Advantage) -> None:
    rewards = [[1.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 1.0]]
    corrected = [[Backward()(reward, NOISE) for reward in row] for row in rewards]
    is_same = advantages(estimator, corrected) == advantages(estimator, rewards)
    assert is_same or not isinstance(estimator.normalisation, Thresholded)


LINEAR: list[Advantage] = [DrGrpo(), Rloo(), Opo(), AsymRe(), Opmd(baseline=OpmdBaseline.MEAN)]
LENGTHS = [3, 1, 4, 1, 5, 9]


def expected_advantages(
    estimator: Advantage, truth: Sequence[int], correction: Backward | Forward | None
) -> list[float]:
    """The mean over everything that a noisy verifier may say of a group, by enumeration."""
    total = [0.0] * len(truth)
    for observed in itertools.product((0.0, 1.0), repeat=len(truth)):
        probability = math.prod(
            (NOISE.fnr if said == 0.0 else 1.0 - NOISE.fnr) if true else (NOISE.fpr if said else 1.0 - NOISE.fpr)
            for said, true in zip(observed, truth, strict=True)
        )
        rewards = [correction(said, NOISE) if correction else said for said in observed]
        found = advantages(estimator, [rewards], [LENGTHS[: len(truth)]])[0]
        total = [sum_ + probability * a for sum_, a in zip(total, found, strict=True)]
    return total


TRUTHS = [[1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0, 0, 0], [1, 1, 1, 0, 1, 0]]


@pytest.mark.parametrize("truth", TRUTHS, ids=repr)
@pytest.mark.parametrize("estimator", LINEAR, ids=lambda estimator: estimator.kind)
def test_backward_rewards_have_the_advantages_of_the_truth_on_average(estimator: Advantage, truth: list[int]) -> None:
    # METHODS 39.2
    clean = advantages(estimator, [[float(true) for true in truth]], [LENGTHS[: len(truth)]])[0]
    assert expected_advantages(estimator, truth, Backward()) == pytest.approx(clean, abs=1e-12)


@pytest.mark.parametrize("truth", TRUTHS, ids=repr)
@pytest.mark.parametrize("estimator", [DrGrpo(), Rloo(), Opo()], ids=lambda estimator: estimator.kind)
def test_raw_and_forward_rewards_have_them_shrunk_by_the_informedness(estimator: Advantage, truth: list[int]) -> None:
    clean = advantages(estimator, [[float(true) for true in truth]], [LENGTHS[: len(truth)]])[0]
    shrunk = [NOISE.informedness * a for a in clean]
    assert expected_advantages(estimator, truth, Forward()) == pytest.approx(shrunk, abs=1e-12)
    assert expected_advantages(estimator, truth, None) == pytest.approx(shrunk, abs=1e-12)


def test_one_right_of_three_has_the_published_expectations() -> None:
    # METHODS 2, expectation by enumeration
    assert expected_advantages(Rloo(), [1, 0, 0], Backward()) == pytest.approx([1.0, -0.5, -0.5])
    z_score = Grpo(ddof=0, eps=0.0)
    for correction in (None, Backward(), Forward()):
        found = expected_advantages(z_score, [1, 0, 0], correction)
        assert found == pytest.approx([0.989949, -0.494975, -0.494975], abs=1e-6)


def test_the_published_group_shows_what_centring_leaves_of_a_correction() -> None:
    # METHODS 2, no-op and leave-one-out
    observed = [1.0, 1.0, 0.0, 0.0, 0.0]
    backward = [[Backward()(said, NOISE) for said in observed]]
    forward = [[Forward()(said, NOISE) for said in observed]]
    for rewards in ([observed], backward, forward):
        found = advantages(Grpo(ddof=0, eps=0.0), rewards)[0]
        assert found == pytest.approx([1.224745] * 2 + [-0.816497] * 3, abs=1e-6)
    assert advantages(DrGrpo(), forward)[0] == pytest.approx([0.6] * 2 + [-0.4] * 3)
    assert advantages(DrGrpo(), backward)[0] == pytest.approx([0.857143] * 2 + [-0.571429] * 3, abs=1e-6)
    assert advantages(Rloo(), backward)[0] == pytest.approx([1.071429] * 2 + [-0.714286] * 3, abs=1e-6)


def test_without_components_the_reward_is_the_only_one() -> None:
    groups = scored([[1, 0, 0, 0.5]])
    assert component_advantages(groups, Grpo(), {"any": 2.0}).equal(Grpo()(groups))
