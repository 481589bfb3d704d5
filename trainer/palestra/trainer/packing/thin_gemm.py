"""Linear layers on a CPU for few rows: `W @ x.T` is up to three times as fast as `x @ W.T`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import torch
from torch import Tensor, nn

_MAX_ROWS = 96  # from about 128 rows on both orders are equally fast (benchmarks/README.md)


def few_row_linear(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """`linear(x, weight, bias)`; on a CPU in fp32 with few rows computed as a product with x transposed."""
    rows = x.numel() // x.shape[-1]
    if rows > _MAX_ROWS or x.device.type != "cpu" or weight.dtype != torch.float32:
        return torch.nn.functional.linear(x, weight, bias)
    out = torch.mm(weight, x.reshape(rows, -1).t()).t().contiguous()
    out = out if bias is None else out.add_(bias)
    return out.view(*x.shape[:-1], -1)


def thin_linear(layer: nn.Linear, x: Tensor) -> Tensor:
    """`layer(x)` by `few_row_linear`."""
    return few_row_linear(x, layer.weight, layer.bias)


@contextmanager
def thin_gemms(model: nn.Module) -> Iterator[None]:
    """Within the block, the plain fp32 linear layers of a CPU model use `thin_linear`."""
    swapped = [
        module
        for module in model.modules()
        if type(module) is nn.Linear and module.weight.device.type == "cpu" and module.weight.dtype == torch.float32
    ]
    for module in swapped:
        module.forward = partial(thin_linear, module)  # type: ignore[method-assign]
    try:
        yield
    finally:
        for module in swapped:
            del module.forward
