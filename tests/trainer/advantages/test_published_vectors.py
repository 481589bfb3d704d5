"""Vectors of the methods' papers and codes, by section of METHODS, and others small enough to redo by hand."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch

from advantage_cases import NAN, advantages, scored
from palestra.trainer.advantages import (
    Advantage,
    ALol,
    AsymRe,
    Bnpo,
    Coefficients,
    Decomposed,
    DrGrpo,
    Gdpo,
    Gpg,
    Grpo,
    Nsr,
    Opmd,
    OpmdBaseline,
    Opo,
    PassAtK,
    ProrlV2,
    Psr,
    ReinforcePlusPlus,
    ReinforcePlusPlusBaseline,
    WeightedReinforce,
    Whitening,
)
from palestra.verifiers.noise import Forward, NoiseModel

RED = [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0]
SOFT = Opmd(divides=False)


@pytest.mark.parametrize(
    ("estimator", "rewards", "expected"),
    [
        # METHODS 6
        (AsymRe(), RED, [0.85, -0.15, -0.15, -0.15, -0.15, 0.85, -0.15, -0.15]),
        (SOFT, [1, 0, 0, 0], [0.642626, -0.357374, -0.357374, -0.357374]),
        (Opmd(), [1, 0, 0, 0], [0.642626 / 2, -0.357374 / 2, -0.357374 / 2, -0.357374 / 2]),
        (Opmd(baseline=OpmdBaseline.MEAN, tau=3.0), [1, 0, 0, 0], [0.1875, -0.0625, -0.0625, -0.0625]),
        # METHODS 9
        (WeightedReinforce(), [1, 0, 0, 1], [0.1, -1, -1, 0.1]),
        (Psr(), [1, 0, 0, 1], [1, 0, 0, 1]),
        (Nsr(), [1, 0, 0, 1], [0, -1, -1, 0]),
        # METHODS 33 names these without vectors; by hand
        (ReinforcePlusPlus(), [1, 0, 0, 0], [1.5, -0.5, -0.5, -0.5]),
        (PassAtK(), [1, 0, 0, 0], [2, 0, 0, 0]),
        (PassAtK(divides_by_std=False), [0.25, 1, 0.5, NAN], [0, 0.5, 0, 0]),
        (PassAtK(), [1, 1, 0, 0], [0, 0, 0, 0]),
        (ALol(), [1, 0, 0, 0], [0.75, 0, 0, 0]),
    ],
    ids=repr,
)
def test_a_group_gets_the_published_advantages(
    estimator: Advantage, rewards: list[float], expected: list[float]
) -> None:
    assert advantages(estimator, [rewards])[0] == pytest.approx(expected, abs=1e-5)


def test_prorl_v2_whitens_over_valid_tokens() -> None:
    # METHODS 1: token mean -.075, variance .175625
    found = advantages(ProrlV2(), [[1, 0, 0, 1], [0, 0, 0, 1]], [[1, 2, 3, 4], [4, 3, 2, 1]])
    assert found[0] == pytest.approx([1.372065, -1.014135, -1.014135, 1.372065], abs=1e-6)
    assert found[1] == pytest.approx([-0.417585, -0.417585, -0.417585, 1.968615], abs=1e-6)


def test_reinforce_plus_plus_counts_tokens_or_samples() -> None:
    rewards, lengths = [[1, 0, 0, 0]], [[3, 1, 1, 1]]
    by_tokens = 0.5 / math.sqrt(0.3)  # tokens 1 1 1 0 0 0: mean .5, unbiased variance .3
    assert advantages(ReinforcePlusPlus(), rewards, lengths)[0] == pytest.approx([by_tokens] + [-by_tokens] * 3)
    by_samples = ReinforcePlusPlus(whitening=Whitening(over_tokens=False))
    assert advantages(by_samples, rewards, lengths)[0] == pytest.approx([1.5, -0.5, -0.5, -0.5])


def test_a_response_without_tokens_does_not_count_among_tokens() -> None:
    assert advantages(ReinforcePlusPlus(), [[1, 1, 0]], [[4, 2, 0]])[0] == [0.0, 0.0, 0.0]


def test_the_baseline_variant_centres_groups_before_the_batch_is_whitened() -> None:
    found = advantages(ReinforcePlusPlusBaseline(), [[1, 0], [5, 5]])  # centred: .5 -.5 0 0, unbiased variance 1/6
    assert found[0] == pytest.approx([0.5 * math.sqrt(6), -0.5 * math.sqrt(6)])
    assert found[1] == [0.0, 0.0]


def test_bnpo_weighs_groups_by_the_density_that_fits_the_batch() -> None:
    # METHODS 4: p = .25 .5 .75, m = .5, v = .0625, alpha = beta = 1.5
    found = advantages(Bnpo(), [[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0]])
    assert found[0] == pytest.approx([0.680175] + [-0.226725] * 3, abs=1e-6)
    assert found[1] == pytest.approx([0.392699, 0.392699, -0.392699, -0.392699], abs=1e-6)
    assert found[2] == pytest.approx([0.226725] * 3 + [-0.680175], abs=1e-6)


@pytest.mark.parametrize("rewards", [[[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0, 0.0]]], ids=repr)
def test_bnpo_is_dr_grpo_where_the_means_of_groups_do_not_vary(rewards: list[list[float]]) -> None:
    # METHODS 4, edge: the spread would be infinite
    assert advantages(Bnpo(), rewards) == [pytest.approx(row) for row in advantages(DrGrpo(), rewards)]


def test_bnpo_stays_bounded_where_corrections_push_rewards_out_of_range() -> None:
    # The corrected mean of the first group is below 0, where the density vanishes.
    high, low = 9 / 7, -1 / 7
    rewards = [[high, *[low] * 15], [high] * 8 + [low] * 8, [high] * 15 + [low], [low] * 16, [high] * 16]
    assert max(abs(a) for row in advantages(Bnpo(), rewards) for a in row) < 10.0


FORMAT, ACCURACY = [[1, 1, 0, 1]], [[1, 0, 0, 1]]


def test_decomposition_averages_the_z_scores_of_components() -> None:
    # METHODS 4
    sums = [[2.0, 1.0, 0.0, 2.0]]
    groups = scored(sums, components={"format": FORMAT, "accuracy": ACCURACY})
    expected = [0.683011, -0.183012, -1.183010, 0.683011]
    assert Decomposed(of=Grpo())(groups).tolist()[0] == pytest.approx(expected, abs=2e-6)
    assert Grpo()(groups).tolist()[0] == pytest.approx([0.783349, -0.261116, -1.305581, 0.783349], abs=1e-6)


def test_gdpo_whitens_the_sum_of_the_components_z_scores() -> None:
    # METHODS 4
    groups = scored([[2, 1, 2, 0]], components={"accuracy": [[1, 0, 1, 0]], "format": [[1, 1, 1, 0]]})
    before = [1.366023, -0.366025, 1.366023, -2.366021]
    assert Gdpo(whitening=None)(groups).tolist()[0] == pytest.approx(before, abs=2e-6)
    assert Gdpo()(groups).tolist()[0] == pytest.approx([0.769095, -0.206078, 0.769095, -1.332111], abs=1e-6)


@pytest.mark.parametrize("estimator", [Decomposed(of=Grpo(), weights={"format": 0.0}), Gdpo(weights={"format": 0.0})])
def test_a_component_without_weight_does_not_count(estimator: Decomposed | Gdpo) -> None:
    groups = scored([[2, 1, 0, 2]], components={"format": FORMAT, "accuracy": ACCURACY})
    alone = scored([[2, 1, 0, 2]], components={"accuracy": ACCURACY})
    factor = 0.5 if isinstance(estimator, Decomposed) else 1.0
    same = dataclasses.replace(estimator, weights={})
    assert estimator(groups).tolist()[0] == pytest.approx((factor * same(alone)).tolist()[0])


@pytest.mark.parametrize("estimator", [Decomposed(weights={"style": 1.0}), Gdpo(weights={"style": 1.0})], ids=repr)
def test_a_weight_of_no_component_is_refused(estimator: Decomposed | Gdpo) -> None:
    with pytest.raises(ValueError, match=r"`style`(.|\n)*hint: components are `format`"):
        estimator(scored([[2, 1, 0, 2]], components={"format": FORMAT}))


@pytest.mark.parametrize("estimator", [Decomposed(of=Grpo()), Gdpo()], ids=repr)
def test_a_sample_that_is_masked_in_one_component_alone_gets_nothing_from_that_one(
    estimator: Decomposed | Gdpo,
) -> None:
    groups = scored([[1, 0, 0, 1]], components={"a": [[1, 0, 0, 1]], "b": [[1, 0, NAN, 0]]})
    assert torch.isfinite(estimator(groups)).all()
    masked = scored([[1, 0, NAN, 1]], components={"a": [[1, 0, 0, 1]], "b": [[1, 0, 0, 0]]})
    assert estimator(masked).tolist()[0][2] == 0.0


def test_gpg_makes_up_for_groups_that_teach_nothing() -> None:
    assert advantages(Gpg(), [[1, 0], [1, 1]]) == [[1.0, -1.0], [0.0, 0.0]]
    assert advantages(Gpg(f_norm=2.0), [[1, 0], [1, 0]]) == [[0.25, -0.25], [0.25, -0.25]]


def test_the_baseline_of_opo_counts_long_responses_more() -> None:
    assert advantages(Opo(), [[1, 0]], [[1, 3]])[0] == pytest.approx([0.75, -0.25])
    assert advantages(Opo(), [[1, 0, NAN]], [[1, 3, 99]])[0] == pytest.approx([0.75, -0.25, 0.0])


def test_the_soft_baseline_goes_from_the_maximum_to_the_mean_with_its_temperature() -> None:
    rewards = [[1.0, 0.5, 0.0, 0.5]]
    cold = Opmd(tau=1e-3, divides=False)
    hot = Opmd(tau=1e4, divides=False)
    assert advantages(cold, rewards)[0] == pytest.approx([0.0, -0.5, -1.0, -0.5], abs=0.01)
    assert advantages(hot, rewards)[0] == pytest.approx([0.5, 0.0, -0.5, 0.0], abs=1e-4)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (lambda: Whitening(ddof=2), "ddof"),
        (lambda: Whitening(floor=0.0), "floor"),
        (lambda: Bnpo(max_weight=0.0), "max_weight"),
        (lambda: Opmd(tau=0.0), "tau"),
        (lambda: AsymRe(shift=NAN), "shift"),
        (lambda: WeightedReinforce(right=math.inf), "right"),
        (lambda: PassAtK(eps=-1.0), "eps"),
        (lambda: Gpg(f_norm=0.0), "f_norm"),
        (lambda: Gdpo(weights={"a": NAN}), "`a`"),
    ],
)
def test_options_out_of_range_are_refused(options: object, named: str) -> None:
    assert callable(options)
    with pytest.raises(ValueError, match=named):
        options()


def test_coefficients_are_what_the_forward_correction_makes_of_verdicts() -> None:
    # METHODS 2: rho0 = .1, rho1 = .2: an accepted sample .2, a rejected one -.8
    noise = NoiseModel(fpr=0.1, fnr=0.2)
    paid = [[Forward()(verdict, noise) for verdict in (1.0, 0.0)] + [NAN]]
    assert advantages(Coefficients(), paid) == [pytest.approx([0.2, -0.8, 0.0])]
