from __future__ import annotations

import asyncio
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget_cases import by_rows, noisy, playground, run
from palestra.trainer.budgets import GradientSize, GvmAllocation, Insight
from palestra.trainer.budgets.gvm import allocation
from palestra.verifiers.noise import NoiseModel


def test_samples_follow_the_published_weights() -> None:
    # METHODS 8.
    weights = [GvmAllocation().weight(g, p) for g, p in ((1.0, 1.0), (1.0, 0.25), (2.0, 0.25), (1.0, 0.0))]
    assert weights == pytest.approx([0.999500, 1.984189, 3.968379, 0.0], abs=1e-6)
    shares = [32 * weight / sum(weights) for weight in weights]
    assert shares == pytest.approx([4.600647, 9.133118, 18.266236, 0.0], abs=1e-6)
    assert allocation(weights, 32) == [5, 9, 18, 0]


@given(st.lists(st.floats(0.0, 1e6), min_size=1, max_size=20), st.integers(0, 500))
def test_an_allocation_sums_to_the_budget_and_is_fair_to_one_sample(weights: list[float], total: int) -> None:
    counts = allocation(weights, total)
    assert sum(counts) == total and min(counts) >= 0
    whole = sum(weights)
    if whole > 0.0:
        assert all(abs(n - total * weight / whole) < 1.0 + 1e-6 for n, weight in zip(counts, weights, strict=True))


def test_the_second_round_is_spent_where_it_was_solved_seldom() -> None:
    ground = playground(by_rows("r", "rwwwrwww" + "rwww" * 6, "w"))
    played = run(GvmAllocation(), ground, 3, 8)
    assert [(prompt.number, len(prompt.rollouts)) for prompt in played] == [(0, 8), (1, 16)]
    assert len(ground.rollouts) == 3 * 8 + 24
    samples = [rollout.key.split("/")[3] for rollout in played[1].rollouts]
    assert samples == [str(8 + i) for i in range(16)], "none of the pilot, whose outcomes decided the sizes"


def test_pass_rates_are_corrected_for_the_verifier() -> None:
    script = by_rows("rwwwwwww", "rrrrwwww")  # the first is what a rate of false positives of 1/8 makes of nothing
    assert [prompt.number for prompt in run(GvmAllocation(), playground(script, noisy(0.125, 0.0)), 2, 4)] == [1]


def test_a_policy_that_solves_nothing_goes_on_trying() -> None:
    assert [len(prompt.rollouts) for prompt in run(GvmAllocation(), playground(by_rows("w", "?")), 2, 5)] == [5, 5]


def test_surprising_answers_have_longer_gradients() -> None:
    played = run(GvmAllocation(gradient=GradientSize.SURPRISE), playground(by_rows("rw")), 3, 4)
    assert sum(len(prompt.rollouts) for prompt in played) == 12


def test_what_pays_decides_who_gets_samples_and_not_the_environment() -> None:
    # The environment finds no right answer of the first task; the verifier that pays accepts them all.
    paid = Insight(score_of=lambda rollout: float("/0/" in rollout.key))
    played = run(GvmAllocation(gradient=GradientSize.SURPRISE), playground(by_rows("w", "r"), paid), 2, 4)
    assert [(prompt.number, len(prompt.rollouts)) for prompt in played] == [(0, 8)]


def test_masked_samples_have_no_say_in_the_rates_of_their_group() -> None:
    masked = Insight(
        score_of=lambda rollout: math.nan if rollout.key.endswith("/0") else 1.0,
        noise_of=lambda rollout: NoiseModel(fpr=0.4 if rollout.key.endswith("/0") else 0.2, fnr=0.0),
    )
    ground = playground(by_rows("r"), masked)
    [prompt] = asyncio.run(ground.play([(ground.draw(1)[0], 4)]))
    assert ground.group_noise(prompt).fpr == pytest.approx(0.2)


def test_wrong_settings_are_refused() -> None:
    for wrong in ({"pilot": 0}, {"alpha": -1.0}, {"beta": 0.5}):
        with pytest.raises(ValueError, match="must be"):
            GvmAllocation(**wrong)
