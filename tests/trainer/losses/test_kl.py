from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from palestra.trainer.losses import LossTerms, ReinforceLoss, Tokens, needs_of
from palestra.trainer.objective.kl import K1, K2, K3, KlPenalty, with_kl

PENALTIES: list[KlPenalty] = [K1(coefficient=0.5), K2(coefficient=0.5), K3(coefficient=0.5)]


def tokens_of(excess: list[float], **columns: Tensor) -> Tokens:
    """Tokens without an advantage, that much likelier than under the reference."""
    reference_T = torch.full((len(excess),), -3.0, dtype=torch.float64)
    return Tokens(
        logprobs_T=(reference_T + torch.tensor(excess, dtype=torch.float64)).requires_grad_(),
        behaviour_T=reference_T,
        advantages_T=torch.zeros_like(reference_T),
        mask_T=torch.ones(len(excess), dtype=torch.bool),
        reference_T=reference_T,
        **columns,
    )


@pytest.mark.parametrize(
    ("penalty", "expected"),
    [(K1(coefficient=1.0), -0.693147), (K2(coefficient=1.0), 0.240227), (K3(coefficient=1.0), 0.306853)],
    ids=repr,
)
def test_kl_estimates_are_the_published_ones(penalty: KlPenalty, expected: float) -> None:
    def terms(advantage: float, coefficient: KlPenalty | None) -> LossTerms:
        quarter_T, half_T = torch.tensor([0.25], dtype=torch.float64).log(), torch.tensor([0.5]).double().log()
        return with_kl(ReinforceLoss(), coefficient)(
            Tokens(
                logprobs_T=quarter_T,
                behaviour_T=quarter_T,
                advantages_T=torch.tensor([advantage]).double(),
                mask_T=torch.tensor([True]),
                reference_T=half_T,
            )
        )

    assert terms(0.0, penalty).value_T.item() == pytest.approx(expected, abs=1e-6)
    added = terms(1.0, penalty).value_T - terms(1.0, None).value_T
    assert added.item() == pytest.approx(expected, abs=1e-6)


def test_expected_gradients_of_the_penalties_are_zero_reverse_and_forward_kl() -> None:
    logits_V = torch.tensor([0.3, -1.0, 0.8, 0.1], dtype=torch.float64, requires_grad=True)
    reference_V = torch.tensor([0.5, 0.2, -0.4, 0.0], dtype=torch.float64).log_softmax(0)
    policy_V = logits_V.log_softmax(0)

    def gradient(value: Tensor) -> Tensor:
        return torch.autograd.grad(value, logits_V, retain_graph=True)[0]

    def expected_gradient(penalty: KlPenalty) -> Tensor:
        _, derivative_V = penalty.terms((policy_V - reference_V).detach())
        return gradient((policy_V.detach().exp() * derivative_V * policy_V).sum())

    reverse = gradient((policy_V.exp() * (policy_V - reference_V)).sum())
    forward = gradient((reference_V.exp() * (reference_V - policy_V)).sum())
    torch.testing.assert_close(expected_gradient(K1()), torch.zeros_like(reverse))
    torch.testing.assert_close(expected_gradient(K2()), reverse)
    torch.testing.assert_close(expected_gradient(K3()), forward)


@pytest.mark.parametrize("penalty", PENALTIES, ids=repr)
def test_the_derivative_is_that_of_autograd(penalty: KlPenalty) -> None:
    tokens = tokens_of([-2.0, -0.1, 0.0, 0.3, 5.0])
    terms = with_kl(ReinforceLoss(), penalty)(tokens)
    (expected_T,) = torch.autograd.grad(terms.value_T.sum(), tokens.logprobs_T)
    torch.testing.assert_close(terms.derivative_T, expected_T)


def test_the_clamps_of_prorl_v2_bound_input_and_estimate() -> None:
    # METHODS 1: type k2, input clamped to 20, output to 10
    penalty = K2(coefficient=1.0, output_clamp=10.0)
    tokens = tokens_of([1.0, 4.0, 5.0, 25.0, -25.0])
    terms = with_kl(ReinforceLoss(), penalty)(tokens)
    assert terms.value_T.tolist() == pytest.approx([0.5, 8.0, 10.0, 10.0, 10.0])
    assert terms.derivative_T.tolist() == pytest.approx([1.0, 4.0, 0.0, 0.0, 0.0])
    (expected_T,) = torch.autograd.grad(terms.value_T.sum(), tokens.logprobs_T)
    torch.testing.assert_close(terms.derivative_T, expected_T)


@pytest.mark.parametrize("penalty", PENALTIES, ids=repr)
def test_a_sample_bears_its_share_of_the_penalty(penalty: KlPenalty) -> None:
    shares_T = torch.tensor([1.0, 0.25, 0.0], dtype=torch.float64)
    whole = with_kl(ReinforceLoss(), penalty)(tokens_of([0.4, 0.4, 0.4]))
    shared = with_kl(ReinforceLoss(), penalty)(tokens_of([0.4, 0.4, 0.4], kl_weight_T=shares_T))
    torch.testing.assert_close(shared.value_T, whole.value_T * shares_T)
    torch.testing.assert_close(shared.derivative_T, whole.derivative_T * shares_T)


def test_a_penalty_without_reference_is_refused_and_no_penalty_changes_nothing() -> None:
    loss, one_T = ReinforceLoss(), torch.ones(1)
    assert with_kl(loss, None) is loss
    with pytest.raises(ValueError, match="reference"):
        with_kl(loss, K3())(Tokens(logprobs_T=one_T, behaviour_T=one_T, advantages_T=one_T, mask_T=one_T.bool()))


def test_a_penalty_acts_on_tokens_without_advantage() -> None:
    assert needs_of(with_kl(ReinforceLoss(), K3())).idle_tokens
    assert not needs_of(ReinforceLoss()).idle_tokens


@pytest.mark.parametrize("penalty", [K1, K2, K3])
def test_a_penalty_refuses_settings_out_of_range(penalty: type[K1 | K2 | K3]) -> None:
    with pytest.raises(ValueError, match="coefficient"):
        penalty(coefficient=0.0)
    with pytest.raises(ValueError, match="input_clamp"):
        penalty(input_clamp=-1.0)
    with pytest.raises(ValueError, match="output_clamp"):
        penalty(output_clamp=math.nan)
