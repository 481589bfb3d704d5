"""Linear layers on a CPU for few rows: `W @ x.T` is up to three times as fast as `x @ W.T`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import torch
from torch import Tensor, nn

_MAX_ROWS = 96  # from about 128 rows on both orders are equally fast (benchmarks/generator.md)


def thin_linear(layer: nn.Linear, x: Tensor) -> Tensor:
    """`layer(x)`, computed as a product with x transposed when x has few rows."""
    rows = x.numel() // x.shape[-1]
    if rows > _MAX_ROWS:
        return torch.nn.functional.linear(x, layer.weight, layer.bias)
    out = torch.mm(layer.weight, x.reshape(rows, -1).t()).t().contiguous()
    out = out if layer.bias is None else out.add_(layer.bias)
    return out.view(*x.shape[:-1], -1)


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
