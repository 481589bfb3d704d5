"""What holds for every loss that a configuration can name."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from loss_cases import LOSSES, ON_POLICY_GRADIENT, tokens_of
from palestra.trainer.losses import ClippedLoss, LossTerms, PolicyLoss, TokenLoss, Tokens, needs_of
from palestra.trainer.losses.sequences import Level
from palestra.trainer.objective.importance import IcePop, MaskedImportance, TruncatedImportance, with_correction
from palestra.trainer.objective.kl import K1, K2, K3, with_kl

Row = tuple[float, float, float, float, float, int, bool]

WRAPPED: list[TokenLoss] = [
    *LOSSES,
    with_kl(ClippedLoss(), K1(coefficient=0.5)),
    with_kl(ClippedLoss(), K2(coefficient=0.5, output_clamp=3.0)),
    with_kl(ClippedLoss(), K3(coefficient=0.5)),
    with_correction(ClippedLoss(), TruncatedImportance(ceiling=1.3)),
    with_correction(ClippedLoss(), MaskedImportance(level=Level.GEOMETRIC)),
    with_kl(with_correction(ClippedLoss(), IcePop(level=Level.SEQUENCE)), K3()),
]

logprobs = st.floats(-8.0, -1e-3)
token_rows = st.lists(
    st.tuples(*([logprobs] * 4), st.sampled_from([-2.5, -1.0, 0.0, 0.3, 1.0]), st.integers(0, 3), st.booleans()),
    min_size=1,
    max_size=10,
)


def _tokens(rows: list[Row]) -> Tokens:
    columns = list(zip(*rows, strict=True))
    logprobs_T, behaviour_T, reference_T, old_T, advantages_T = (
        torch.tensor(column, dtype=torch.float64) for column in columns[:5]
    )
    return Tokens(
        logprobs_T=logprobs_T.requires_grad_(),
        behaviour_T=behaviour_T,
        advantages_T=advantages_T,
        mask_T=torch.tensor(columns[6]),
        sequence_T=torch.tensor(columns[5]),
        reference_T=reference_T,
        old_T=old_T,
        kl_weight_T=torch.linspace(0.0, 1.0, len(rows), dtype=torch.float64),
    )


def _subset(tokens: Tokens, chosen_T: Tensor) -> Tokens:
    columns = {field.name: getattr(tokens, field.name) for field in fields(tokens)}
    return replace(tokens, **{name: column[chosen_T] for name, column in columns.items() if column is not None})


def _on_a_kink(loss: TokenLoss, tokens: Tokens) -> Tensor:
    """Where both one-sided derivatives are right: on the very bound of a clip."""
    on_kink_T = torch.zeros_like(tokens.mask_T)
    if isinstance(loss, ClippedLoss):
        ratio_T = (tokens.logprobs_T - tokens.behaviour_T).detach().exp()
        for bound in (1.0 - loss.clip_low, 1.0 + loss.clip_high, loss.dual_clip or 1.0):
            on_kink_T |= (ratio_T - bound).abs() < 1e-9
    return on_kink_T


@pytest.mark.parametrize("loss", WRAPPED, ids=repr)
@settings(deadline=None, max_examples=20)
@given(rows=token_rows)
def test_the_derivative_is_that_of_autograd(loss: TokenLoss, rows: list[Row]) -> None:
    tokens = _tokens(rows)
    terms = loss(tokens)
    if terms.value_T.requires_grad:
        (expected_T,) = torch.autograd.grad(terms.value_T.sum(), tokens.logprobs_T)
    else:
        expected_T = torch.zeros_like(tokens.logprobs_T)
    away_T = ~_on_a_kink(loss, tokens)
    torch.testing.assert_close(terms.derivative_T.detach()[away_T], expected_T[away_T], rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("loss", WRAPPED, ids=repr)
@settings(deadline=None, max_examples=10)
@given(rows=token_rows)
def test_rubbish_under_the_mask_changes_nothing_and_gives_zero(loss: TokenLoss, rows: list[Row]) -> None:
    tokens = _tokens(rows)
    rubbish_T = torch.tensor([math.nan, math.inf, -math.inf, 1e300]).repeat(6)[: len(rows)].double()
    mask_T = tokens.mask_T
    floats = ("logprobs_T", "behaviour_T", "advantages_T", "reference_T", "old_T", "kl_weight_T")
    dirty = replace(tokens, **{name: torch.where(mask_T, getattr(tokens, name), rubbish_T) for name in floats})
    clean_terms, terms = loss(tokens), loss(dirty)
    for field in fields(LossTerms):
        found_T, expected_T = getattr(terms, field.name), getattr(clean_terms, field.name)
        assert not found_T[~mask_T].any(), field.name
        torch.testing.assert_close(found_T[mask_T], expected_T[mask_T])


@pytest.mark.parametrize("loss", WRAPPED, ids=repr)
@settings(deadline=None, max_examples=10)
@given(rows=token_rows, cut=st.sets(st.integers(0, 3)))
def test_parts_with_whole_sequences_give_what_all_give_together(
    loss: TokenLoss, rows: list[Row], cut: set[int]
) -> None:
    tokens = _tokens(rows)
    whole = loss(tokens)
    first_T = torch.tensor([row[5] in cut for row in rows])
    if not needs_of(loss).sequences:  # any part will do
        first_T = torch.arange(len(rows)) % 3 == 0
    for part_T in (first_T, ~first_T):
        terms = loss(_subset(tokens, part_T))
        for field in fields(LossTerms):
            torch.testing.assert_close(getattr(terms, field.name), getattr(whole, field.name)[part_T])


@pytest.mark.parametrize("loss", WRAPPED, ids=repr)
@settings(deadline=None, max_examples=10)
@given(rows=token_rows)
def test_a_clipped_token_has_an_advantage_and_no_derivative(loss: TokenLoss, rows: list[Row]) -> None:
    tokens = _tokens(rows)
    terms = loss(replace(tokens, kl_weight_T=torch.zeros(len(rows), dtype=torch.float64)))
    assert terms.clipped_T.dtype == torch.bool
    assert (tokens.advantages_T != 0)[terms.clipped_T].all()
    if not needs_of(loss).idle_tokens:
        assert not terms.derivative_T[terms.clipped_T].any()


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_tokens_without_advantage_have_no_derivative_unless_the_loss_says_so(loss: PolicyLoss) -> None:
    terms = loss(tokens_of([0.3, 1.0, 1.7], [0.0, 0.0, 0.0]))
    assert bool(terms.derivative_T.any()) == needs_of(loss).idle_tokens


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_a_nan_in_a_policy_token_is_never_hidden(loss: PolicyLoss) -> None:
    nan_T, one_T = torch.tensor([math.nan]), torch.tensor([1.0])
    mask_T, sequence_T = torch.tensor([True]), torch.tensor([0])
    terms = loss(Tokens(logprobs_T=nan_T, behaviour_T=-one_T, advantages_T=one_T, mask_T=mask_T, sequence_T=sequence_T))
    assert terms.value_T.isnan().all()


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_no_ratio_overflows(loss: PolicyLoss) -> None:
    logprobs_T = torch.tensor([-0.1, -900.0, -900.0, -0.1])
    terms = loss(
        Tokens(
            logprobs_T=logprobs_T,
            behaviour_T=logprobs_T.flip(0),
            advantages_T=torch.tensor([-1.0, 1.0, -1.0, 1.0]),
            mask_T=torch.ones(4, dtype=torch.bool),
            sequence_T=torch.arange(4),
        )
    )
    assert terms.value_T.isfinite().all() and terms.derivative_T.isfinite().all()


@pytest.mark.parametrize("loss", ON_POLICY_GRADIENT, ids=repr)
def test_on_policy_it_is_the_plain_policy_gradient(loss: PolicyLoss) -> None:
    tokens = tokens_of([1.0] * 5, [1.0, 1.0, -0.5, -0.5, 0.0], sequences=[0, 0, 1, 1, 2])
    torch.testing.assert_close(loss(tokens).derivative_T, -tokens.advantages_T)
    assert not loss(tokens).clipped_T.any()


@pytest.mark.parametrize("loss", [loss for loss in LOSSES if needs_of(loss).sequences], ids=repr)
def test_a_loss_over_sequences_refuses_tokens_of_unknown_sequences(loss: PolicyLoss) -> None:
    with pytest.raises(ValueError, match="sequence"):
        loss(replace(tokens_of([1.0], [1.0]), sequence_T=None))
