from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from lab_cases import BASE, SMALL, close, held_out, observed, run, small_world
from palestra.trainer.advantages import DrGrpo, Rloo, ScoredGroups
from palestra.trainer.lab.noise_kinds import ClassConditional, Coin, Inverted, Rates, StrataOf, uniform_rates
from palestra.trainer.lab.policy import SoftmaxPolicy
from palestra.trainer.lab.training import Adam, Composition, MatchedSgd
from palestra.trainer.losses import ClippedLoss
from palestra.trainer.selection import Chosen

LONG = replace(BASE, scale=replace(SMALL, steps=120, measure_every=120))
EXACT = replace(BASE, scale=replace(SMALL, steps=120, samples=96, prompts=12, measure_every=120))


def chosen(advantages_PG: torch.Tensor) -> Chosen:
    return Chosen(advantages_PG=advantages_PG, copies_PG=torch.ones(advantages_PG.shape, dtype=torch.int64))


@pytest.mark.parametrize(("fpr", "fnr"), [(0.1, 0.2), (0.5, 0.5), (0.6, 0.7)])
def test_the_mean_direction_of_noisy_rewards_is_the_true_one_times_informedness(fpr: float, fnr: float) -> None:
    # METHODS 39.4: the drift has the sign of J = 1 - fpr - fnr, and is 0 at J = 0.
    world = small_world()
    policy = SoftmaxPolicy(world)
    batch = policy.sample("s", 0, prompts=6, samples=2)
    noisy_F = policy.value_gradient_F(batch, uniform_rates(fpr, fnr)(world, "s").accept_PK)
    assert close(noisy_F, (1.0 - fpr - fnr) * policy.value_gradient_F(batch, world.right_PK))


def test_training_drifts_with_the_sign_of_informedness() -> None:
    # METHODS 39.4
    ends = {rates: held_out(run(uniform_rates(*rates), "noisy", base=LONG)) for rates in [(0.1, 0.2), (0.8, 0.9)]}
    assert ends[0.1, 0.2][-1] > ends[0.1, 0.2][0] + 0.1
    assert ends[0.8, 0.9][-1] < ends[0.8, 0.9][0] - 0.1


@pytest.mark.parametrize("arm", ["backward", "forward"])
def test_corrected_rewards_reach_the_clean_optimum(arm: str) -> None:
    # METHODS 39.4
    rates = ClassConditional(
        small=Rates(fpr=0.3, fnr=0.2), large=Rates(fpr=0.05, fnr=0.1), fraction=Rates(fpr=0.05, fnr=0.3)
    )
    clean, corrected = (run(rates, name, base=EXACT)[-1] for name in ("clean", arm))
    assert clean.train > 0.8
    assert corrected.train > clean.train - 0.05


def test_null_rewards_teach_nothing() -> None:
    # METHODS 39.5
    coin = [held_out(run(Coin(), "noisy", base=replace(BASE, seed=f"null {number}", lr=1.0))) for number in range(3)]
    assert sum(curve[-1] - curve[0] for curve in coin) / len(coin) < 0.05
    inverted = held_out(run(Inverted(), "noisy"))
    assert inverted[-1] < inverted[0] - 0.1


@pytest.mark.parametrize("update", [MatchedSgd(), Adam()])
def test_one_pair_of_rates_makes_the_backward_correction_a_no_op(update: MatchedSgd | Adam) -> None:
    lr = 3.0 if isinstance(update, MatchedSgd) else 0.1
    noisy, backward = (
        held_out(run(uniform_rates(0.2, 0.3), arm, StrataOf.NOTHING, replace(BASE, update=update, lr=lr)))
        for arm in ("noisy", "backward")
    )
    assert backward == pytest.approx(noisy, abs=1e-6)


def test_z_scores_remove_corrections_by_prompt() -> None:
    rates = ClassConditional(
        small=Rates(fpr=0.3, fnr=0.2), large=Rates(fpr=0.05, fnr=0.1), fraction=Rates(fpr=0.05, fnr=0.3)
    )
    plain, corrected = (held_out(run(rates, arm)) for arm in ("noisy-z", "z-scored"))
    assert corrected == pytest.approx(plain, abs=1e-4)  # the estimator's eps is all that differs


def test_matched_steps_ignore_the_scale_and_have_mean_square_one_where_it_is_steady() -> None:
    once, thrice = MatchedSgd().start(), MatchedSgd().start()
    seen = observed(uniform_rates(0.1, 0.2))
    advantages_PG = Rloo()(ScoredGroups.of_rewards(seen.accepted_BG.double()))
    for _ in range(3):
        one_PG, three_PG = once.advantages(chosen(advantages_PG)), thrice.advantages(chosen(3.0 * advantages_PG))
        assert close(one_PG, three_PG)
        assert float(one_PG.square().mean()) == pytest.approx(1.0)


def test_a_step_without_advantages_moves_nothing() -> None:
    update = MatchedSgd().start()
    assert close(update.advantages(chosen(torch.zeros(2, 3))), torch.zeros(2, 3))
    assert update.advantages(chosen(torch.ones(2, 3))).isfinite().all()


def test_runs_repeat_and_measure_where_they_say() -> None:
    first, second = (run(uniform_rates(0.1, 0.1), "noisy") for _ in range(2))
    assert [point.step for point in first] == [0, 20, 40]
    assert math.isnan(first[0].alignment)
    assert first[1:] == second[1:]


def test_off_policy_updates_go_through_the_loss() -> None:
    composition = Composition(advantage=DrGrpo(), loss=ClippedLoss(), updates_per_step=3)
    clipped = held_out(run(uniform_rates(0.0, 0.0), "clean", base=replace(BASE, composition=composition, lr=10.0)))
    plain = held_out(run(uniform_rates(0.0, 0.0), "clean", base=replace(BASE, lr=10.0)))
    assert clipped[-1] > clipped[0]
    assert clipped != plain
