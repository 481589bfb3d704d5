from __future__ import annotations

import pytest
import torch

from lab_cases import close, observed
from palestra.trainer.advantages import ScoredGroups
from palestra.trainer.lab.arms import AuditDifference, Payment
from palestra.trainer.lab.knowledge import Oracle
from palestra.trainer.lab.noise_kinds import ClassConditional, Rates, StrataOf, WeakVerifier, uniform_rates
from palestra.trainer.lab.settings import ARMS
from palestra.trainer.lab.texts import PLEASING, Closing

RATES = ClassConditional(
    small=Rates(fpr=0.4, fnr=0.3), large=Rates(fpr=0.05, fnr=0.1), fraction=Rates(fpr=0.1, fnr=0.4)
)
NOISELESS = uniform_rates(0.0, 0.0)


def paid(arm: str, noise: ClassConditional | WeakVerifier, strata: StrataOf = StrataOf.PROMPT) -> torch.Tensor:
    return ARMS[arm].pay.start(Oracle())(observed(noise, strata))


@pytest.mark.parametrize("arm", ["noisy", "backward", "z-scored", "posterior", "appeals", "audits"])
def test_without_noise_every_arm_pays_the_truth(arm: str) -> None:
    assert close(paid(arm, NOISELESS), observed(NOISELESS).right_BG.double())


def test_forward_coefficients_without_noise_are_the_truth_less_one() -> None:
    assert close(paid("forward", NOISELESS), observed(NOISELESS).right_BG.double() - 1.0)


def test_clean_never_sees_the_noise() -> None:
    assert close(paid("clean", RATES), observed(NOISELESS).right_BG.double())


@pytest.mark.parametrize("arm", ["backward", "audits", "appeals"])
def test_unbiased_arms_pay_the_truth_on_the_average(arm: str) -> None:
    pay = ARMS[arm].pay.start(Oracle())
    steps = [observed(RATES, step=step, samples=40) for step in range(60)]
    errors = torch.stack([(pay(seen) - seen.right_BG.double()) for seen in steps])
    right = torch.stack([seen.right_BG for seen in steps])
    # The rate of an appealed sample is estimated too, so its mean is off by a little in the first steps.
    assert abs(float(errors[right].mean())) < 0.05
    assert abs(float(errors[~right].mean())) < 0.05


def test_posterior_and_backward_agree_on_the_mean_of_a_stratum() -> None:
    noise = WeakVerifier(name="mention")
    seen = observed(noise, StrataOf.RESPONSE, samples=4000)
    value_BG = ARMS["posterior"].pay.start(Oracle())(seen)
    assert float(value_BG.mean()) == pytest.approx(float(seen.right_BG.double().mean()), abs=0.03)


def test_where_nothing_can_be_corrected_a_sample_is_paid_what_its_stratum_is_worth() -> None:
    noise = uniform_rates(0.7, 0.0)
    assert close(paid("backward", noise), paid("posterior", noise))


def test_the_gate_pays_nothing_for_several_numbers() -> None:
    seen = observed(WeakVerifier(name="mention"))
    value_BG = ARMS["gated"].pay.start(Oracle())(seen)
    for row, picks, values in zip(
        seen.batch.rows_B.tolist(), seen.batch.picks_BG.tolist(), value_BG.tolist(), strict=True
    ):
        for pick, value in zip(picks, values, strict=True):
            if seen.world.problems[row].pool[pick].closing in {*PLEASING, Closing.EQUATION}:
                assert value == 0.0
    assert value_BG.sum() > 0


def test_audits_of_a_tenth_weigh_ten_times() -> None:
    seen = observed(WeakVerifier(name="mention"))
    pay: Payment = AuditDifference(share=0.1)
    values = set(pay.start(Oracle())(seen).unique().tolist())
    assert values <= {0.0, 1.0, -9.0, 10.0}


def test_coefficients_are_the_rewards_and_masked_samples_get_nothing() -> None:
    rewards_PG = torch.tensor([[1.0, -0.2, torch.nan]])
    estimator = ARMS["forward"].estimator
    assert close(estimator(ScoredGroups.of_rewards(rewards_PG)), torch.tensor([[1.0, -0.2, 0.0]]))
