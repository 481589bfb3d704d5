"""Which kernel computes attention over trees: FlexAttention on a GPU where it is proved right, else blocks."""

from __future__ import annotations

import logging
from functools import lru_cache

import torch
from torch import Tensor

from palestra.trainer.packing.attention import Heads
from palestra.trainer.packing.attention_kernels.branches import Branch, TreeShape
from palestra.trainer.packing.attention_kernels.cascade import attend_by_cascade
from palestra.trainer.packing.attention_kernels.flex import attend_by_flex

log = logging.getLogger("palestra")

_TOLERANCE = 0.05  # of outputs of size 1 in bf16; a wrong mask is off by far more


def attend_tree(shape: TreeShape, heads: Heads) -> Tensor:
    """The attention's output, shape (N, H, D); differentiable."""
    query = heads.query_HND
    if query.device.type == "cuda" and _proves_flex(query.device, query.dtype, query.shape[-1]):
        return attend_by_flex(shape, heads)
    return attend_by_cascade(shape, heads)


@lru_cache(maxsize=8)
def _proves_flex(device: torch.device, dtype: torch.dtype, width: int) -> bool:
    """Whether FlexAttention compiles here and gives, on a small tree, outputs and gradients of the plain blocks."""
    generator = torch.Generator().manual_seed(0)
    until = torch.tensor([300] * 100 + [200] * 100 + [300] * 100, device=device)
    positions = torch.cat([torch.arange(200), torch.arange(100, 200)]).to(device)
    branches = tuple(
        Branch(start=start, stop=stop, until=end, reach=200, is_root=start == 0)
        for start, stop, end in ((0, 100, 300), (100, 200, 200), (200, 300, 300))
    )
    shape = TreeShape(branches=branches, positions_N=positions, until_N=until)
    found = []
    try:
        for attend in (attend_by_flex, attend_by_cascade):
            generator.manual_seed(0)
            query, key, value = (
                torch.randn(heads, 300, width, generator=generator).to(device, dtype).requires_grad_()
                for heads in (4, 2, 2)
            )
            heads = Heads(
                layer=0, query_HND=query, key_KND=key, value_KND=value, scale=width**-0.5, window=None, softcap=None
            )
            with torch.enable_grad(), torch.inference_mode(mode=False):
                out = attend(shape, heads)
                grads = torch.autograd.grad(out.float().square().sum(), (query, key, value))
            found.append((out.detach(), *grads))
    except (RuntimeError, NotImplementedError, ImportError, TypeError, ValueError) as error:
        log.warning("FlexAttention does not run on %s, attention is computed in blocks: %s", device, error)
        return False
    holds = all(
        bool((one - other).abs().max() <= _TOLERANCE * other.abs().max().clamp_min(1.0))
        for one, other in zip(*found, strict=True)
    )
    if not holds:
        log.warning("FlexAttention is wrong on %s: attention is computed in blocks", device)
    return holds
