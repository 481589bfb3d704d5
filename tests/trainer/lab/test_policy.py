from __future__ import annotations

import torch

from lab_cases import close, small_world
from palestra.trainer.lab.policy import SoftmaxPolicy


def test_the_gradient_is_that_of_automatic_differentiation() -> None:
    world = small_world()
    policy = SoftmaxPolicy(world)
    batch = policy.sample("s", 0, prompts=5, samples=4)
    weights_F = policy.weights_F.clone().requires_grad_(True)
    logprobs_BG = (world.features_PKF[batch.rows_B] @ weights_F).log_softmax(dim=-1).gather(1, batch.picks_BG)
    coefficients_BG = torch.linspace(-1.0, 2.0, 20, dtype=torch.float64).view(5, 4)
    (expected_F,) = torch.autograd.grad((coefficients_BG * logprobs_BG).sum(), weights_F)
    assert close(policy.gradient_F(batch, coefficients_BG), expected_F)
    assert close(policy.log_probabilities(batch), logprobs_BG.detach())


def test_the_exact_gradient_of_a_value_is_that_of_automatic_differentiation() -> None:
    world = small_world()
    policy = SoftmaxPolicy(world)
    batch = policy.sample("s", 0, prompts=5, samples=4)
    weights_F = policy.weights_F.clone().requires_grad_(True)
    policy_BK = (world.features_PKF[batch.rows_B] @ weights_F).softmax(dim=-1)
    value = (policy_BK * world.right_PK[batch.rows_B]).sum(dim=1).mean()
    (expected_F,) = torch.autograd.grad(value, weights_F)
    assert close(policy.value_gradient_F(batch, world.right_PK), expected_F)


def test_samples_follow_the_policy_and_repeat_with_the_key() -> None:
    world = small_world()
    policy = SoftmaxPolicy(world)
    batch = policy.sample("s", 3, prompts=2, samples=20_000)
    again = policy.sample("s", 3, prompts=2, samples=20_000)
    assert torch.equal(batch.picks_BG, again.picks_BG)
    for row, picks_G in zip(batch.rows_B, batch.picks_BG, strict=True):
        shares_K = torch.bincount(picks_G, minlength=world.features_PKF.shape[1]) / len(picks_G)
        assert (shares_K - batch.policy_PK[row]).abs().max() < 0.02
    assert set(batch.rows_B.tolist()) <= set(range(world.num_train))
