"""Attention over packed tokens: one registered implementation, many plans.

`transformers` lets a model's attention be replaced by a function of queries, keys and values. Ours asks the
*plan* of the current forward pass how tokens see each other, so that the generator (a key-value cache) and
the learner (rows that share their group's prompt) run the very same modules of any architecture.

Shapes: N packed tokens, H query heads, K key-value heads, D head width, R rows, S longest prompt,
T longest row, L longest cached sequence.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

IMPLEMENTATION = "palestra"
"""The name under which `transformers` knows our attention."""


class UnsupportedAttentionError(RuntimeError):
    """The architecture asks its attention for something that plans do not know (e.g. sinks)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Heads:
    """What one layer hands to its attention, for all N packed tokens."""

    layer: int
    query_HND: Tensor
    key_KND: Tensor
    value_KND: Tensor
    scale: float
    window: int | None
    """A token sees at most this many positions back, itself included; None: all."""
    softcap: float | None

    def until(self, stop: int) -> Heads:
        """The same of the first tokens alone."""
        query, key, value = self.query_HND[:, :stop], self.key_KND[:, :stop], self.value_KND[:, :stop]
        return replace(self, query_HND=query, key_KND=key, value_KND=value)


class AttentionPlan(Protocol):
    """How the packed tokens of one forward pass see each other."""

    def attend(self, heads: Heads) -> Tensor:
        """The attention's output, shape (N, H, D)."""
        ...


def attend_padded(
    query: Tensor, key: Tensor, value: Tensor, bias: Tensor, scale: float, softcap: float | None
) -> Tensor:
    """Attention of padded batches with grouped heads.

    Args:
        query: Shape (R, H, T, D).
        key: Shape (R, K, L, D), with H a multiple of K.
        value: Like `key`.
        bias: Added to the scores, shape (R, 1, T, L): 0 where a query sees a key, else -inf.
        scale: Factor of the scores.
        softcap: Scores are squashed into (-softcap, softcap) by tanh; None: they are not.

    Returns:
        Shape (R, T, H, D).
    """
    rows, heads, length, width = query.shape
    kv_heads = key.shape[1]
    repeat = heads // kv_heads
    # The heads that share a key become further queries of it: no copy of keys and values.
    folded = query.reshape(rows, kv_heads, repeat * length, width)
    mask = bias.unsqueeze(2).expand(-1, -1, repeat, -1, -1).reshape(rows, 1, repeat * length, -1)
    if softcap is None:
        out = scaled_dot_product_attention(folded, key, value, attn_mask=mask, scale=scale)
    else:
        scores = torch.tanh(folded @ key.transpose(-1, -2) * (scale / softcap)) * softcap + mask
        out = scores.softmax(dim=-1, dtype=torch.float32).to(value.dtype) @ value
    return out.reshape(rows, heads, length, width).transpose(1, 2)


def visibility_bias(visible: Tensor, dtype: torch.dtype) -> Tensor:
    """0 where `visible`, else -inf: what is added to attention scores."""
    return torch.zeros(visible.shape, dtype=dtype, device=visible.device).masked_fill_(~visible, float("-inf"))


def within_window(query_positions: Tensor, key_positions: Tensor, window: int | None) -> Tensor:
    """Which keys a query may see by position alone, shape (..., T, L): not later, not past the window."""
    distance = query_positions.unsqueeze(-1) - key_positions.unsqueeze(-2)
    return distance >= 0 if window is None else (distance >= 0) & (distance < window)


def _planned_attention(  # noqa: PLR0913  the signature is that of `transformers`
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    scaling: float | None = None,
    sliding_window: int | None = None,
    softcap: float | None = None,
    plan: AttentionPlan | None = None,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    if plan is None or attention_mask is not None or kwargs.get("s_aux") is not None:
        raise UnsupportedAttentionError("this architecture's attention does not pass our plan through")
    heads = Heads(
        layer=int(module.layer_idx),  # type: ignore[arg-type]
        query_HND=query[0],
        key_KND=key[0],
        value_KND=value[0],
        scale=query.shape[-1] ** -0.5 if scaling is None else scaling,
        window=sliding_window,
        softcap=softcap,
    )
    return plan.attend(heads).unsqueeze(0), None


AttentionInterface.register(IMPLEMENTATION, _planned_attention)
