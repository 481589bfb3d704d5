"""Attention over a tree by FlexAttention: one kernel with a block mask that is made from the tree.

Source: "Flex Attention: A Programming Model for Generating Optimized Attention Kernels", arXiv:2412.05496.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor
from torch.nn.attention.flex_attention import BlockMask, create_block_mask, flex_attention

from palestra.trainer.packing.attention import Heads
from palestra.trainer.packing.attention_kernels.branches import TreeShape


def attend_by_flex(shape: TreeShape, heads: Heads) -> Tensor:
    """The attention's output, shape (N, H, D); differentiable. Compiled on a GPU, eager on a CPU."""
    query, key, value = (
        tensor.unsqueeze(0).to(heads.query_HND.dtype) for tensor in (heads.query_HND, heads.key_KND, heads.value_KND)
    )

    attend: Any = _compiled() if query.device.type == "cuda" else flex_attention
    out: Tensor = attend(
        query,
        key,
        value,
        score_mod=None if heads.softcap is None else _squashing(heads.softcap),
        block_mask=_block_mask(shape, heads.window),
        scale=heads.scale,
        enable_gqa=query.shape[1] != key.shape[1],
    )
    return out[0].transpose(0, 1)


def _squashing(softcap: float) -> Callable[..., Tensor]:
    def squash(score: Tensor, _batch: Tensor, _head: Tensor, _query: Tensor, _key: Tensor) -> Tensor:
        return softcap * torch.tanh(score / softcap)

    return squash


def _block_mask(shape: TreeShape, window: int | None) -> BlockMask:
    """The mask of a tree; made once for all layers of a forward pass that have the same window."""
    if window not in shape.block_masks:
        positions_N, until_N = shape.positions_N, shape.until_N
        length = len(until_N)

        def sees(_batch: Tensor, _head: Tensor, query: Tensor, key: Tensor) -> Tensor:
            visible = (key <= query) & (query < until_N[key])
            return visible if window is None else visible & (positions_N[query] - positions_N[key] < window)

        shape.block_masks[window] = create_block_mask(sees, None, None, length, length, device=str(until_N.device))
    mask: BlockMask = shape.block_masks[window]
    return mask


@lru_cache(maxsize=1)
def _compiled() -> Any:
    return torch.compile(flex_attention, dynamic=True)
