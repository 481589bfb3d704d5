"""Exact attention over a tree without padding, masks or copies of what is shared: one block for each branch.

Everything that sees a branch stands right behind its start, so a block is two slices: the queries of the branch and
of all that goes on from it, and the branch's own keys. Within it a query sees the keys up to its own index, which is
the causal mask of a block that has more queries than keys. The blocks of a query are merged by their log-normalisers,
as flash attention merges its tiles; its backward pass needs nothing but the merged output and log-normaliser, so
each block's gradient is that of the whole.

Source: "FlashAttention", arXiv:2205.14135, appendix B.2 (merging and the backward pass).

Shapes: N packed tokens, H query heads, K key-value heads, F = H / K queries of a key-value head, D head width,
Q queries and L keys of a block.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from palestra.trainer.packing.attention import Heads
from palestra.trainer.packing.attention_kernels.block import BlockKernel, DenseBlock, FlashBlock, has_flash_block
from palestra.trainer.packing.attention_kernels.branches import Branch, TreeShape


def attend_by_cascade(shape: TreeShape, heads: Heads) -> Tensor:
    """The attention's output, shape (N, H, D); differentiable."""
    key, value = (tensor.to(heads.query_HND.dtype) for tensor in (heads.key_KND, heads.value_KND))
    out: Tensor = _Cascade.apply(heads.query_HND, key, value, shape, heads)  # type: ignore[no-untyped-call]
    return out


class _Cascade(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor, shape: TreeShape, heads: Heads) -> Tensor:
        num_heads, length, _ = query.shape
        out_NHD = query.new_empty((length, num_heads, value.shape[-1]))
        query_FKND, out_FKND = _folded(query, key.shape[0]), _folded(out_NHD.transpose(0, 1), key.shape[0])
        normaliser_FKN = torch.empty(out_FKND.shape[:-1], dtype=torch.float32, device=query.device)
        for branch, kernel in _blocks(shape, heads):
            seeing, own = slice(branch.start, branch.until), slice(branch.start, branch.stop)
            out, normaliser = kernel.forward(query_FKND[:, :, seeing], key[:, own], value[:, own])
            if branch.is_root:
                out_FKND[:, :, seeing], normaliser_FKN[:, :, seeing] = out, normaliser
            else:
                _merge(out_FKND[:, :, seeing], normaliser_FKN[:, :, seeing], out, normaliser)
        ctx.save_for_backward(query, key, value, out_NHD, normaliser_FKN)
        ctx.shape, ctx.heads = shape, heads
        return out_NHD

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        query, key, value, out_NHD, normaliser_FKN = ctx.saved_tensors
        kv_heads = key.shape[0]
        query_FKND, out_FKND = _folded(query, kv_heads), _folded(out_NHD.transpose(0, 1), kv_heads)
        grad_out = _folded(grad_outputs[0].transpose(0, 1), kv_heads)
        grad_query = torch.zeros_like(query)
        grad_key, grad_value = torch.empty_like(key), torch.empty_like(value)
        grad_FKND = _folded(grad_query, kv_heads)
        for branch, kernel in _blocks(ctx.shape, ctx.heads):
            seeing, own = slice(branch.start, branch.until), slice(branch.start, branch.stop)
            of_query, grad_key[:, own], grad_value[:, own] = kernel.backward(
                grad_out[:, :, seeing],
                query_FKND[:, :, seeing],
                key[:, own],
                value[:, own],
                out_FKND[:, :, seeing],
                normaliser_FKN[:, :, seeing],
            )
            grad_FKND[:, :, seeing] += of_query
        return grad_query, grad_key, grad_value, None, None


def _folded(heads_HND: Tensor, kv_heads: int) -> Tensor:
    """(H, N, D) -> (F, K, N, D), a view: queries of one key-value head are a batch over the same keys."""
    folded: Tensor = heads_HND.unflatten(0, (kv_heads, -1))
    return folded.transpose(0, 1)


def _blocks(shape: TreeShape, heads: Heads) -> Iterator[tuple[Branch, BlockKernel]]:
    """The branches, and what computes the block of each."""
    flash = heads.softcap is None and has_flash_block(heads.query_HND, heads.value_KND)
    for branch in shape.branches:
        if flash and (heads.window is None or branch.reach <= heads.window):
            yield branch, FlashBlock(scale=heads.scale)
        else:
            yield (
                branch,
                DenseBlock(
                    scale=heads.scale,
                    softcap=heads.softcap,
                    window=heads.window,
                    positions_Q=shape.positions_N[branch.start : branch.until],
                ),
            )


def _merge(out: Tensor, normaliser: Tensor, part: Tensor, part_normaliser: Tensor) -> None:
    """Put attention over more keys into attention over some, in place."""
    both = torch.logaddexp(normaliser, part_normaliser)
    finite = both.clamp_min(torch.finfo(both.dtype).min)  # a query outside of the window may see nothing yet
    out.mul_((normaliser - finite).exp().unsqueeze(-1).to(out.dtype))
    out.addcmul_((part_normaliser - finite).exp().unsqueeze(-1).to(out.dtype), part)
    normaliser.copy_(both)
