"""Attention of one block: queries that see keys up to their own index.

Shapes: F queries of a key-value head, K key-value heads, Q queries, L keys (L <= Q), D head width.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

_SCORES = 1 << 23
"""Scores that a dense block holds at one time (32 MiB)."""


class BlockKernel(Protocol):
    """Attention of a block, and its gradient."""

    def forward(self, query_FKQD: Tensor, key_KLD: Tensor, value_KLD: Tensor) -> tuple[Tensor, Tensor]:
        """The output, shape (F, K, Q, D), and the log-normalisers of the scores in fp32, shape (F, K, Q)."""
        ...

    def backward(
        self,
        grad_FKQD: Tensor,
        query_FKQD: Tensor,
        key_KLD: Tensor,
        value_KLD: Tensor,
        out_FKQD: Tensor,
        normaliser_FKQ: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Gradients of query, key and value.

        Args:
            grad_FKQD: Of the whole output, of which this block is a part.
            query_FKQD: As they were.
            key_KLD: As they were.
            value_KLD: As they were.
            out_FKQD: The whole output.
            normaliser_FKQ: The whole log-normaliser.
        """
        ...


def has_flash_block(query: Tensor, value: Tensor) -> bool:
    """Whether `FlashBlock` runs on tensors of this kind."""
    operators = torch.ops.aten
    return (
        query.device.type == "cpu"
        and query.shape[-1] == value.shape[-1]
        and query.dtype in (torch.float32, torch.bfloat16, torch.float16)
        and hasattr(operators, "_scaled_dot_product_flash_attention_for_cpu")
        and hasattr(operators, "_scaled_dot_product_flash_attention_for_cpu_backward")
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class FlashBlock:
    """By the operators behind `scaled_dot_product_attention` on a CPU, which give and take log-normalisers."""

    scale: float

    def forward(self, query_FKQD: Tensor, key_KLD: Tensor, value_KLD: Tensor) -> tuple[Tensor, Tensor]:
        """Output and log-normalisers."""
        folds = query_FKQD.shape[0]
        out: Tensor
        normaliser: Tensor
        out, normaliser = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
            query_FKQD, key_KLD.expand(folds, -1, -1, -1), value_KLD.expand(folds, -1, -1, -1), 0.0, True,
            scale=self.scale,
        )  # fmt: skip
        return out, normaliser

    def backward(
        self,
        grad_FKQD: Tensor,
        query_FKQD: Tensor,
        key_KLD: Tensor,
        value_KLD: Tensor,
        out_FKQD: Tensor,
        normaliser_FKQ: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Gradients of query, key and value."""
        folds = query_FKQD.shape[0]
        query, key, value = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward(
            grad_FKQD, query_FKQD, key_KLD.expand(folds, -1, -1, -1), value_KLD.expand(folds, -1, -1, -1),
            out_FKQD, normaliser_FKQ, 0.0, True, scale=self.scale,
        )  # fmt: skip
        return query, key.sum(0), value.sum(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class DenseBlock:
    """By matrix products, for every device, window and softcap; scores of some queries at a time."""

    scale: float
    softcap: float | None
    window: int | None
    positions_Q: Tensor
    """Of the queries; the keys are the first L of these tokens."""

    def forward(self, query_FKQD: Tensor, key_KLD: Tensor, value_KLD: Tensor) -> tuple[Tensor, Tensor]:
        """Output and log-normalisers."""
        parts = []
        for part in self._parts(query_FKQD, key_KLD):
            scores, _ = self._scores(query_FKQD, key_KLD, part)
            normaliser = scores.logsumexp(-1)
            weights = self._weights(scores, normaliser)
            parts.append((weights.to(value_KLD.dtype) @ value_KLD, normaliser))
        outs, normalisers = zip(*parts, strict=True)
        return torch.cat(outs, dim=2), torch.cat(normalisers, dim=2)

    def backward(
        self,
        grad_FKQD: Tensor,
        query_FKQD: Tensor,
        key_KLD: Tensor,
        value_KLD: Tensor,
        out_FKQD: Tensor,
        normaliser_FKQ: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Gradients of query, key and value."""
        of_query = torch.empty_like(query_FKQD)
        of_key, of_value = torch.zeros_like(key_KLD), torch.zeros_like(value_KLD)
        for part in self._parts(query_FKQD, key_KLD):
            grad, out = grad_FKQD[:, :, part], out_FKQD[:, :, part]
            scores, slope = self._scores(query_FKQD, key_KLD, part)
            weights = self._weights(scores, normaliser_FKQ[:, :, part])
            of_value += (weights.to(grad.dtype).transpose(-1, -2) @ grad).sum(0)
            above = (grad * out).float().sum(-1, keepdim=True)
            of_scores = (weights * ((grad @ value_KLD.transpose(-1, -2)).float() - above)).mul_(self.scale)
            of_scores = (of_scores if slope is None else of_scores.mul_(slope)).to(query_FKQD.dtype)
            of_query[:, :, part] = of_scores @ key_KLD
            of_key += (of_scores.transpose(-1, -2) @ query_FKQD[:, :, part]).sum(0)
        return of_query, of_key, of_value

    def _parts(self, query_FKQD: Tensor, key_KLD: Tensor) -> Iterator[slice]:
        folds, kv_heads, queries, _ = query_FKQD.shape
        step = max(1, _SCORES // (folds * kv_heads * key_KLD.shape[1]))
        return (slice(start, min(start + step, queries)) for start in range(0, queries, step))

    def _scores(self, query_FKQD: Tensor, key_KLD: Tensor, part: slice) -> tuple[Tensor, Tensor | None]:
        """Scores of some queries, -inf where they see nothing, and what the softcap multiplies gradients with."""
        scores = (query_FKQD[:, :, part] @ key_KLD.transpose(-1, -2)).float().mul_(self.scale)
        slope = None
        if self.softcap is not None:
            squashed = scores.div_(self.softcap).tanh_()
            slope = 1.0 - squashed**2
            scores = squashed * self.softcap
        positions, keys = self.positions_Q[part].unsqueeze(1), key_KLD.shape[1]
        index = torch.arange(part.start, part.stop, device=scores.device).unsqueeze(1)
        hidden = torch.arange(keys, device=scores.device) > index
        if self.window is not None:
            hidden |= positions - self.positions_Q[:keys] >= self.window
        return scores.masked_fill_(hidden, -torch.inf), slope

    @staticmethod
    def _weights(scores: Tensor, normaliser: Tensor) -> Tensor:
        # A query that sees nothing of the block has weights of 0, not of NaN.
        return scores.sub_(normaliser.clamp_min(torch.finfo(torch.float32).min).unsqueeze(-1)).exp_()
