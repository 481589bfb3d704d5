from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from palestra.trainer.kl import K1, K2, K3, KlPenalty, with_kl
from palestra.trainer.losses import ClippedLoss, LossTerms, PolicyLoss, ReinforceLoss, TokenLoss, Tokens

LOSSES: list[PolicyLoss] = [
    ClippedLoss(),
    ClippedLoss(clip_low=0.0, clip_high=0.0),
    ClippedLoss(clip_low=0.2, clip_high=0.4, dual_clip=3.0),
    ClippedLoss(dual_clip=1.1),
    ReinforceLoss(),
]
PENALTIES: list[KlPenalty | None] = [None, K1(coefficient=0.5), K2(coefficient=0.5), K3(coefficient=0.5)]


def tokens_of(ratios: list[float], advantages: list[float], mask: list[bool] | None = None) -> Tokens:
    log_ratios_T = torch.tensor(ratios, dtype=torch.float64).log()
    behaviour_T = torch.full_like(log_ratios_T, -2.0)
    return Tokens(
        logprobs_T=behaviour_T + log_ratios_T,
        behaviour_T=behaviour_T,
        advantages_T=torch.tensor(advantages, dtype=torch.float64),
        mask_T=torch.tensor([True] * len(ratios) if mask is None else mask),
    )


@pytest.mark.parametrize(
    ("loss", "ratio", "advantage", "expected"),
    [
        # METHODS 33: decoupled bounds 0.2 and 0.28, dual clip at 3 and 10
        (ClippedLoss(), 1.5, 1.0, -1.28),
        (ClippedLoss(), 0.5, 1.0, -0.5),
        (ClippedLoss(), 1.5, -1.0, 1.5),
        (ClippedLoss(), 0.5, -1.0, 0.8),
        (ClippedLoss(), 5.0, -1.0, 5.0),
        (ClippedLoss(dual_clip=3.0), 5.0, -1.0, 3.0),
        (ClippedLoss(), 20.0, -1.0, 20.0),
        (ClippedLoss(dual_clip=10.0), 20.0, -1.0, 10.0),
        # METHODS 1 (ProRL): bounds 0.2 and 0.4
        (ClippedLoss(clip_high=0.4), 1.5, 1.0, -1.4),
        (ClippedLoss(clip_high=0.4), 0.5, -1.0, 0.8),
        (ClippedLoss(clip_high=0.4), 1.5, -1.0, 1.5),
        (ClippedLoss(clip_high=0.4), 0.5, 1.0, -0.5),
    ],
)
def test_clipped_loss_gives_the_published_values(
    loss: ClippedLoss, ratio: float, advantage: float, expected: float
) -> None:
    terms = loss(tokens_of([ratio], [advantage]))
    assert terms.value_T.item() == pytest.approx(expected)


def test_a_clipped_token_has_no_derivative_and_says_so() -> None:
    terms = ClippedLoss(dual_clip=3.0)(tokens_of([1.5, 0.5, 1.5, 0.5, 5.0, 1.5], [1.0, 1.0, -1.0, -1.0, -1.0, 0.0]))
    assert terms.clipped_T.tolist() == [True, False, False, True, True, False]
    assert terms.derivative_T.tolist() == pytest.approx([0.0, -0.5, 1.5, 0.0, 0.0, 0.0])


def test_the_log_ratio_is_limited_so_that_no_value_overflows() -> None:
    logprobs_T = torch.tensor([-0.1, -900.0])
    terms = ClippedLoss()(
        Tokens(
            logprobs_T=logprobs_T,
            behaviour_T=logprobs_T.flip(0),
            advantages_T=torch.tensor([-1.0, 1.0]),
            mask_T=torch.tensor([True, True]),
        )
    )
    assert terms.value_T.tolist() == pytest.approx([math.exp(20.0), -math.exp(-20.0)], rel=1e-5)
    assert terms.derivative_T.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize("penalty", PENALTIES, ids=repr)
def test_masked_tokens_give_zero_whatever_they_hold(loss: TokenLoss, penalty: KlPenalty | None) -> None:
    rubbish_T = torch.tensor([math.nan, math.inf, -math.inf, -1.0])
    mask_T = torch.tensor([False, False, False, True])
    terms = with_kl(loss, penalty)(
        Tokens(
            logprobs_T=rubbish_T, behaviour_T=rubbish_T, advantages_T=rubbish_T, mask_T=mask_T, reference_T=rubbish_T
        )
    )
    assert terms.value_T[:3].tolist() == [0.0, 0.0, 0.0]
    assert terms.derivative_T[:3].tolist() == [0.0, 0.0, 0.0]
    assert terms.clipped_T.tolist() == [False] * 4
    assert terms.value_T.isfinite().all()


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_a_nan_in_a_policy_token_is_never_hidden(loss: TokenLoss) -> None:
    minus_one_T, nan_T = torch.tensor([-1.0]), torch.tensor([math.nan])
    terms = loss(
        Tokens(logprobs_T=nan_T, behaviour_T=minus_one_T, advantages_T=minus_one_T, mask_T=torch.tensor([True]))
    )
    assert terms.value_T.isnan().all()


logprobs = st.floats(-8.0, -1e-3)
token_rows = st.lists(
    st.tuples(logprobs, logprobs, logprobs, st.sampled_from([-2.5, -1.0, 0.0, 0.3, 1.0]), st.booleans()),
    min_size=1,
    max_size=24,
)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize("penalty", PENALTIES, ids=repr)
@settings(deadline=None)
@given(rows=token_rows)
def test_the_derivative_is_that_of_autograd(
    loss: TokenLoss, penalty: KlPenalty | None, rows: list[tuple[float, float, float, float, bool]]
) -> None:
    columns = [torch.tensor(column, dtype=torch.float64) for column in list(zip(*rows, strict=True))[:4]]
    logprobs_T, behaviour_T, reference_T, advantages_T = columns
    mask_T = torch.tensor([row[4] for row in rows])
    logprobs_T.requires_grad_()
    terms = with_kl(loss, penalty)(
        Tokens(
            logprobs_T=logprobs_T,
            behaviour_T=behaviour_T,
            advantages_T=advantages_T,
            mask_T=mask_T,
            reference_T=reference_T,
        )
    )
    (expected_T,) = torch.autograd.grad(terms.value_T.sum(), logprobs_T)
    # On the very bound of the clip both one-sided derivatives are right.
    ratio_T = (logprobs_T - behaviour_T).exp()
    on_bound_T = torch.zeros_like(mask_T)
    if isinstance(loss, ClippedLoss):
        for bound in (1.0 - loss.clip_low, 1.0 + loss.clip_high, loss.dual_clip or 1.0):
            on_bound_T |= (ratio_T - bound).abs() < 1e-9
    torch.testing.assert_close(terms.derivative_T[~on_bound_T], expected_T[~on_bound_T], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_on_policy_every_loss_is_the_plain_policy_gradient(loss: TokenLoss) -> None:
    tokens = tokens_of([1.0, 1.0, 1.0], [1.0, -0.5, 0.0])
    torch.testing.assert_close(loss(tokens).derivative_T, -tokens.advantages_T)


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


def test_a_penalty_without_reference_is_refused_and_no_penalty_changes_nothing() -> None:
    loss = ReinforceLoss()
    assert with_kl(loss, None) is loss
    with pytest.raises(ValueError, match="reference"):
        with_kl(loss, K3())(tokens_of([1.0], [1.0]))


@pytest.mark.parametrize(
    "options", [{"clip_low": -0.1}, {"clip_low": 1.5}, {"clip_high": math.nan}, {"dual_clip": 1.0}]
)
def test_clipped_loss_refuses_bounds_out_of_range(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        ClippedLoss(**options)


@pytest.mark.parametrize("penalty", [K1, K2, K3])
def test_a_penalty_refuses_a_coefficient_that_is_not_positive(penalty: type[K1 | K2 | K3]) -> None:
    with pytest.raises(ValueError, match="coefficient"):
        penalty(coefficient=0.0)
