"""The vocabulary head with the policy loss: its gradient is taken in the forward pass, chunk by chunk.

Once the log-normaliser of a position is known, the derivative of a token loss with respect to the logits
is closed-form. So each chunk of logits is made, turned in place into its own gradient, used in two matrix
products, and dropped: the (tokens x vocabulary) logits never exist, and three products replace the four
of recomputation. Positions whose derivative is zero (clipped, or no advantage) take part in no product
of the backward pass, and a position that predicts the first token of all samples of a group is computed once.

A loss that looks at whole sequences gets all tokens of the micro-batch at once: their log-probabilities are
computed before, by the head alone, and the chunks then use the derivatives that it gave.

Shapes: U predicting positions, M policy tokens, C positions of a chunk, V vocabulary, W hidden width.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from palestra.trainer.losses import LossTerms, TokenLoss, needs_of
from palestra.trainer.packing.policy_tokens import PolicyTokens
from palestra.trainer.packing.thin_gemm import few_row_linear

CHUNK_LOGITS = 1 << 24
"""Logits that exist at one time (64 MiB in fp32)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """The last layer of a language model: hidden states to logits."""

    weight_VW: Tensor
    bias_V: Tensor | None = None
    scale: float = 1.0
    """Factor of the logits (Cohere, Granite)."""
    softcap: float | None = None
    """Logits are squashed by tanh into (-softcap, softcap) (Gemma 2)."""
    dtype: torch.dtype = torch.float32
    """Of the matrix products; everything else is fp32."""

    def logits(self, hidden_CW: Tensor) -> Tensor:
        """Logits in fp32, shape (C, V); a fresh tensor."""
        bias = None if self.bias_V is None else self.bias_V.to(self.dtype)
        logits = few_row_linear(hidden_CW.to(self.dtype), self.weight_VW.to(self.dtype), bias).float()
        if self.scale != 1.0:
            logits = logits.mul_(self.scale)
        if self.softcap is not None:
            logits = logits.div_(self.softcap).tanh_().mul_(self.softcap)
        return logits

    def pull_back(self, grad_CV: Tensor, logits_CV: Tensor | None) -> Tensor:
        """The gradient before scale and softcap, from the one behind them; in place."""
        if self.softcap is not None and logits_CV is not None:
            grad_CV.mul_(1.0 - (logits_CV / self.softcap) ** 2)
        return grad_CV.mul_(self.scale) if self.scale != 1.0 else grad_CV

    @property
    def chunk_rows(self) -> int:
        """Positions whose logits are made at one time."""
        return max(16, CHUNK_LOGITS // self.weight_VW.shape[0])


@dataclass(frozen=True, kw_only=True, slots=True)
class HeadReport:
    """What the loss saw, token by token; filled in the forward pass."""

    logprobs_M: Tensor
    clipped_M: Tensor
    entropies_M: Tensor | None = None
    """Of the distributions that the tokens were drawn from, in nats; None where nobody asked."""


@torch.no_grad()
def token_logprobs(
    head: Head,
    hidden_UW: Tensor,
    row_M: Tensor,
    target_M: Tensor,
    temperature: float,
    *,
    entropies_M: Tensor | None = None,
) -> Tensor:
    """Log-probabilities of tokens, without a gradient, shape (M,); `row_M` ascends.

    Args:
        head: The head.
        hidden_UW: Hidden states that predict tokens.
        row_M: Which of them predicts a token.
        target_M: The tokens.
        temperature: Of the distributions.
        entropies_M: Filled with the distributions' entropies in nats, if given.
    """
    logprobs_M = torch.empty(len(row_M), dtype=torch.float32, device=hidden_UW.device)
    for rows, members in _chunks(row_M, head.chunk_rows):
        logits = head.logits(hidden_UW[rows]).div_(temperature)
        normaliser, row = logits.logsumexp(dim=-1), row_M[members] - rows.start
        logprobs_M[members] = _gather(logits, normaliser, row, target_M[members])
        if entropies_M is not None:
            entropies_M[members] = _entropies(logits, normaliser)[row]
    return logprobs_M


def policy_loss(
    head: Head,
    hidden_UW: Tensor,
    tokens: PolicyTokens,
    loss: TokenLoss,
    *,
    temperature: float = 1.0,
    entropy: float | None = None,
) -> tuple[Tensor, HeadReport]:
    """Sum of weight times loss over the policy tokens, differentiable in the hidden states and the head.

    Args:
        head: The head; its weight and bias receive gradients if they require them.
        hidden_UW: Hidden states that predict tokens.
        tokens: The policy tokens.
        loss: The scalar loss of a token.
        temperature: The sampling temperature; log-probabilities are those of the tempered distribution.
        entropy: Coefficient of a bonus for entropy, with its exact gradient: the loss less `entropy` times the
            weighted sum of the distributions' entropies. 0: they are only measured. None: not even that.

    Returns:
        The loss, a scalar tensor, and what was seen.
    """
    report = HeadReport(
        logprobs_M=torch.empty_like(tokens.behaviour_M),
        clipped_M=torch.empty_like(tokens.behaviour_M, dtype=torch.bool),
        entropies_M=None if entropy is None else torch.empty_like(tokens.behaviour_M),
    )
    terms: LossTerms | None = None
    if needs_of(loss).sequences:
        logprobs = token_logprobs(head, hidden_UW, tokens.row_M, tokens.target_M, temperature)
        terms = loss(tokens.at(slice(None), logprobs))
    call = _Call(
        head=head, tokens=tokens, loss=loss, terms=terms, temperature=temperature, entropy=entropy, report=report
    )
    value: Tensor = _PolicyLoss.apply(hidden_UW, head.weight_VW, head.bias_V, call)  # type: ignore[no-untyped-call]
    return value, report


@dataclass(frozen=True, kw_only=True, slots=True)
class _Call:
    head: Head
    tokens: PolicyTokens
    loss: TokenLoss
    terms: LossTerms | None
    """Of all tokens, where the loss had to see them together."""
    temperature: float
    entropy: float | None
    report: HeadReport

    def terms_at(self, members: slice, logprobs_T: Tensor) -> LossTerms:
        if self.terms is None:
            return self.loss(self.tokens.at(members, logprobs_T))
        return LossTerms(
            value_T=self.terms.value_T[members],
            derivative_T=self.terms.derivative_T[members],
            clipped_T=self.terms.clipped_T[members],
        )


class _PolicyLoss(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, hidden_UW: Tensor, weight_VW: Tensor, bias_V: Tensor | None, call: _Call) -> Tensor:
        head, dtype = call.head, call.head.dtype
        grad_hidden = torch.zeros_like(hidden_UW)
        grad_weight = torch.zeros_like(weight_VW) if ctx.needs_input_grad[1] else None
        grad_bias = torch.zeros_like(bias_V) if bias_V is not None and ctx.needs_input_grad[2] else None
        total = torch.zeros((), dtype=torch.float64, device=hidden_UW.device)
        for rows, members in _chunks(call.tokens.row_M, head.chunk_rows):
            value, active, grad_logits = _chunk_gradient(call, hidden_UW[rows], rows.start, members)
            total += value
            if active.numel() == 0:
                continue
            products = grad_logits.to(dtype)
            grad_hidden[rows.start + active] = (products @ weight_VW.to(dtype)).to(grad_hidden.dtype)
            if grad_weight is not None:
                _accumulate_product(grad_weight, products, hidden_UW[rows][active].to(dtype))
            if grad_bias is not None:
                grad_bias += grad_logits.sum(0)
        ctx.save_for_backward(grad_hidden, grad_weight, grad_bias)
        return total.float()

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        factor = grad_outputs[0]
        # In place: the saved gradients belong to this call alone, and a copy of the head's is V x W.
        return (*(None if g is None else g.mul_(factor.to(g.dtype)) for g in ctx.saved_tensors), None)


def _chunk_gradient(call: _Call, hidden_CW: Tensor, first_row: int, members: slice) -> tuple[Tensor, Tensor, Tensor]:
    """Value of a chunk's tokens, its positions with a gradient, and their logits' gradient."""
    head, tokens, temperature = call.head, call.tokens, call.temperature
    row, target = tokens.row_M[members] - first_row, tokens.target_M[members]
    logits = head.logits(hidden_CW)
    raw = logits.clone() if head.softcap is not None else None
    logits = logits.div_(temperature) if temperature != 1.0 else logits
    normaliser = logits.logsumexp(dim=-1)
    logprobs = _gather(logits, normaliser, row, target)
    terms = call.terms_at(members, logprobs)
    call.report.logprobs_M[members] = logprobs
    call.report.clipped_M[members] = terms.clipped_T
    weight = tokens.weight_M[members]
    value = (terms.value_T * weight).double().sum()
    coefficient = terms.derivative_T * weight
    bonus, entropies = _entropy_bonus(call, logits, normaliser, row, members)
    value -= (bonus * entropies).double().sum()
    touched = torch.zeros_like(normaliser).index_add_(0, row, coefficient.abs()) + bonus.abs()
    active = touched.nonzero().squeeze(-1)
    if active.numel() == 0:
        return value, active, logits[:0]
    sums = torch.zeros_like(normaliser).index_add_(0, row, coefficient)
    # d logprob / d logits = onehot(target) - softmax: the softmax part first, in place.
    if active.numel() < len(logits):
        logits, raw = logits[active], None if raw is None else raw[active]
    grad = logits.sub_(normaliser[active].unsqueeze(1)).exp_()
    if call.entropy:  # d entropy / d logits = -softmax * (log softmax + entropy)
        bonus, entropies = bonus[active].unsqueeze(1), entropies[active].unsqueeze(1)
        surprise = torch.special.entr(grad).mul_(bonus)
        grad = grad.mul_(bonus * entropies - sums[active].unsqueeze(1)).sub_(surprise)
    else:
        grad = grad.mul_(-sums[active].unsqueeze(1))
    place = row.new_zeros(len(normaliser)).index_copy_(0, active, torch.arange(len(active), device=row.device))
    kept = touched[row] > 0
    flat = place[row[kept]] * grad.shape[1] + target[kept]
    grad.view(-1).index_add_(0, flat, coefficient[kept])
    grad = grad.div_(temperature) if temperature != 1.0 else grad
    return value, active, head.pull_back(grad, raw)


def _entropy_bonus(
    call: _Call, logits_CV: Tensor, normaliser_C: Tensor, row: Tensor, members: slice
) -> tuple[Tensor, Tensor]:
    """Factor of each position's entropy in the bonus, and the entropies; zeros if nobody asked."""
    nothing = torch.zeros_like(normaliser_C)
    if call.entropy is None or call.report.entropies_M is None:
        return nothing, nothing
    entropies = _entropies(logits_CV, normaliser_C)
    call.report.entropies_M[members] = entropies[row]
    return nothing.index_add(0, row, call.entropy * call.tokens.weight_M[members]), entropies


def _entropies(logits_CV: Tensor, normaliser_C: Tensor) -> Tensor:
    probabilities_CV = (logits_CV - normaliser_C.unsqueeze(1)).exp_()
    entropies_C: Tensor = torch.special.entr(probabilities_CV, out=probabilities_CV).sum(-1)
    return entropies_C


def _accumulate_product(total_VW: Tensor, left_CV: Tensor, right_CW: Tensor) -> None:
    if total_VW.dtype == left_CV.dtype:
        total_VW.addmm_(left_CV.t(), right_CW)
    else:
        total_VW += left_CV.t() @ right_CW


def _gather(logits_CV: Tensor, normaliser_C: Tensor, row: Tensor, target: Tensor) -> Tensor:
    return logits_CV[row, target] - normaliser_C[row]


def _chunks(row_M: Tensor, chunk_rows: int) -> Iterator[tuple[slice, slice]]:
    """Ranges of positions, and the ranges of the tokens that they predict."""
    rows = int(row_M[-1]) + 1 if len(row_M) else 0
    bounds = [*range(0, rows, chunk_rows), rows]
    edges = torch.searchsorted(row_M, torch.tensor(bounds, device=row_M.device)).tolist()
    for start, stop, first, last in zip(bounds, bounds[1:], edges, edges[1:], strict=False):
        yield slice(start, stop), slice(first, last)
