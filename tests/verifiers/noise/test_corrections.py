import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palestra.verifiers.noise import (
    Backward,
    Correction,
    Forward,
    NoiseModel,
    NoiseTable,
    ObservedReward,
    correct,
    corrected_share,
)

NOISE = NoiseModel(fpr=0.1, fnr=0.2)


def _centred(rewards: list[float]) -> list[float]:
    mean = math.fsum(rewards) / len(rewards)
    return [reward - mean for reward in rewards]


def _scored(rewards: list[float]) -> list[float]:
    centred = _centred(rewards)
    std = math.sqrt(math.fsum(reward * reward for reward in centred) / len(centred))
    return [reward / std for reward in centred] if std else centred


def _left_out(rewards: list[float]) -> list[float]:
    return [reward * len(rewards) / (len(rewards) - 1) for reward in _centred(rewards)]


def _chance(truth: tuple[int, ...], observed: tuple[int, ...], noise: NoiseModel) -> float:
    chance = 1.0
    for right, seen in zip(truth, observed, strict=True):
        p_accepted = 1 - noise.fnr if right else noise.fpr
        chance *= p_accepted if seen else 1 - p_accepted
    return chance


def _expected(truth: tuple[int, ...], values: dict[tuple[int, ...], list[float]], noise: NoiseModel) -> list[float]:
    return [
        math.fsum(_chance(truth, observed, noise) * rewards[i] for observed, rewards in values.items())
        for i in range(len(truth))
    ]


def _all(correction: Correction, size: int, noise: NoiseModel) -> dict[tuple[int, ...], list[float]]:
    return {
        observed: [correction(float(seen), noise) for seen in observed]
        for observed in itertools.product((0, 1), repeat=size)
    }


@pytest.mark.parametrize(("correction", "accepted", "rejected"), [(Backward(), 9 / 7, -1 / 7), (Forward(), 0.2, -0.8)])
def test_the_published_vectors(correction: Correction, accepted: float, rejected: float) -> None:
    assert correction(1.0, NOISE) == pytest.approx(accepted)
    assert correction(0.0, NOISE) == pytest.approx(rejected)


def test_normalising_the_group_removes_what_is_affine() -> None:
    observed = [1.0, 1.0, 0.0, 0.0, 0.0]
    backward = [Backward()(reward, NOISE) for reward in observed]
    forward = [Forward()(reward, NOISE) for reward in observed]
    assert _scored(observed) == pytest.approx([1.224745, 1.224745, -0.816497, -0.816497, -0.816497], abs=1e-6)
    assert _scored(backward) == pytest.approx(_scored(observed))
    assert _centred(observed) == pytest.approx([0.6, 0.6, -0.4, -0.4, -0.4])
    assert _centred(forward) == pytest.approx(_centred(observed))
    assert _centred(backward) == pytest.approx([6 / 7, 6 / 7, -4 / 7, -4 / 7, -4 / 7])
    assert _left_out(backward) == pytest.approx([1.071429, 1.071429] + 3 * [-0.714286], abs=1e-6)


def test_verdicts_of_several_verifiers_rank_by_trust() -> None:
    table = NoiseTable((NoiseModel(fpr=0.1, fnr=0.2, stratum="rule"), NoiseModel(fpr=0.3, fnr=0.0, stratum="judge")))
    strata = ("rule", "rule", "judge", "judge")
    observed = [ObservedReward(value=v, stratum=s) for v, s in zip((1.0, 0.0, 1.0, 0.0), strata, strict=True)]
    values = [reward.corrected for reward in correct(observed, table, Backward())]
    assert values == pytest.approx([1.285714, -0.142857, 1.0, -0.428571], abs=1e-6)
    assert _centred(values) == pytest.approx([0.857143, -0.571429, 0.571429, -0.857143], abs=1e-6)


def test_the_published_expectations() -> None:
    truth = (1, 0, 0)
    backward, forward = _all(Backward(), 3, NOISE), _all(Forward(), 3, NOISE)
    left_out = {observed: _left_out(rewards) for observed, rewards in backward.items()}
    assert _expected(truth, left_out, NOISE) == pytest.approx([1.0, -0.5, -0.5])
    assert _expected(truth, forward, NOISE) == pytest.approx([0.0, -0.7, -0.7])
    scored = {observed: _scored([float(seen) for seen in observed]) for observed in backward}
    assert _expected(truth, scored, NOISE) == pytest.approx([0.989949, -0.494975, -0.494975], abs=1e-6)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6])
def test_both_corrections_are_unbiased_over_every_outcome_of_the_noise(size: int) -> None:
    backward, forward = _all(Backward(), size, NOISE), _all(Forward(), size, NOISE)
    for truth in itertools.product((0, 1), repeat=size):
        assert _expected(truth, backward, NOISE) == pytest.approx(list(truth), abs=1e-12)
        lost = [NOISE.informedness * (right - 1) for right in truth]
        assert _expected(truth, forward, NOISE) == pytest.approx(lost, abs=1e-12)
        if size > 1:
            left_out = {observed: _left_out(rewards) for observed, rewards in backward.items()}
            clean = _left_out([float(right) for right in truth])
            assert _expected(truth, left_out, NOISE) == pytest.approx(clean, abs=1e-12)


def test_a_gated_bundle_is_corrected_as_a_whole() -> None:
    table = NoiseTable((NOISE,))
    paid, unpaid = (correct([ObservedReward(value=value, bundle=1.6)], table, Backward())[0] for value in (1.0, 0.0))
    assert (paid.corrected, unpaid.corrected) == pytest.approx((2.057143, -0.228571), abs=1e-6)
    assert 0.1 * paid.corrected + 0.9 * unpaid.corrected == pytest.approx(0.0)
    assert 0.8 * paid.corrected + 0.2 * unpaid.corrected == pytest.approx(1.6)
    # Correcting the outcome alone, before its gate, leaks the steps of false positives.
    alone = 0.1 * (Backward()(1.0, NOISE) + 0.6) + 0.9 * Backward()(0.0, NOISE)
    assert alone == pytest.approx(0.06)
    assert (paid.raw, unpaid.raw) == (1.6, 0.0)


@pytest.mark.parametrize(("correction", "right", "wrong"), [(Backward(), 1.0, 0.0), (Forward(), 0.0, -0.7)])
def test_settled_rewards_are_put_on_the_scale_of_the_corrected_ones(
    correction: Correction, right: float, wrong: float
) -> None:
    settled = [ObservedReward(value=value, is_settled=True) for value in (1.0, 0.0)]
    rewards = correct(settled, NoiseTable((NOISE,)), correction)
    assert [reward.corrected for reward in rewards] == pytest.approx([right, wrong])
    assert {reward.corrector for reward in rewards} == {"settled"}


def test_masked_samples_stay_masked_and_all_is_recorded() -> None:
    masked, plain = correct(
        [ObservedReward(value=0.0, valid=False), ObservedReward(value=1.0)], NoiseTable((NOISE,)), Backward()
    )
    assert not masked.valid
    assert (plain.raw, plain.fpr, plain.fnr, plain.corrector, plain.valid) == (1.0, 0.1, 0.2, "backward", True)


def test_graded_rewards_cannot_be_corrected() -> None:
    with pytest.raises(ValueError, match="0 and 1"):
        ObservedReward(value=0.5)
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        ObservedReward(value=1.5, is_settled=True)
    with pytest.raises(ValueError, match="finite"):
        ObservedReward(value=1.0, bundle=math.nan)


@given(st.floats(0, 0.48), st.floats(0, 0.48), st.floats(0, 1))
def test_a_share_is_recovered_from_what_the_noise_makes_of_it(fpr: float, fnr: float, share: float) -> None:
    noise = NoiseModel(fpr=fpr, fnr=fnr)
    observed = share * (1 - fnr) + (1 - share) * fpr
    assert corrected_share(observed, noise) == pytest.approx(share, abs=1e-9)


def test_the_drift_of_a_policy_is_the_signal_that_is_left() -> None:
    noise = NoiseModel(fpr=0.2, fnr=0.1)
    share = 0.5
    mean = share * (1 - noise.fnr) + (1 - share) * noise.fpr
    assert (1 - noise.fnr) - mean == pytest.approx(noise.informedness * (1 - share)) == pytest.approx(0.35)
    assert noise.fpr - mean == pytest.approx(-noise.informedness * share) == pytest.approx(-0.35)
    scale = (1 - noise.fnr - mean) / math.sqrt(mean * (1 - mean))
    assert scale == pytest.approx(0.703526, abs=1e-6)


def test_the_corrected_accuracy_is_that_of_a_strict_verifier() -> None:
    # METHODS 2, J-drift: an observed share of .45 is one of .5
    assert Backward()(0.45, NoiseModel(fpr=0.1, fnr=0.2)) == pytest.approx(0.5)
