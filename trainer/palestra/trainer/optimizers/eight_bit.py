"""AdamW whose moments are kept in 8 bits, block by block.

A moment is stored as the fourth root of its share of the block's largest (the second moment as the eighth root: it is
a square), in 127 or 255 steps: near the largest a step is 3%, and numbers a million times smaller are still told from
0. A second moment is rounded up, so that what is small never becomes 0 under a first moment that is not: a step may
come out shorter than with full states, never longer.

Source: "8-bit Optimizers via Block-wise Quantization", arXiv:2110.02861 (blocks, and numbers that are dense near 0);
"Decoupled Weight Decay Regularization", arXiv:1711.05101, algorithm 2 (AdamW).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

_CHUNK_BLOCKS = 1 << 12
"""Blocks whose moments exist in fp32 at one time."""
_CODES = ("mean_codes", "square_codes")


class EightBitAdamW(torch.optim.Optimizer):
    """AdamW with block-wise 8-bit moments."""

    def __init__(  # noqa: PLR0913  the settings of AdamW
        self,
        params: Iterable[dict[str, Any]],
        *,
        lr: float,
        betas: tuple[float, float],
        eps: float,
        weight_decay: float,
        block_size: int = 256,
        smallest: int = 4096,
    ) -> None:
        """An optimizer.

        Args:
            params: Groups of parameters.
            lr: Learning rate.
            betas: Decay of the means of gradients and of their squares.
            eps: Added to the root of the mean of squares.
            weight_decay: Share of each weight taken away per update, times the learning rate.
            block_size: Weights that share a scale.
            smallest: Tensors of fewer weights keep their moments in fp32.
        """
        self._block_size, self._smallest = block_size, smallest
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Update all parameters that have a gradient."""
        assert closure is None, "gradients are made before"
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._update(parameter, parameter.grad, group)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a state; codes stay codes, which torch would turn into the parameters' type."""
        super().load_state_dict(state_dict)
        for state in self.state.values():
            for name in _CODES:
                if name in state:
                    state[name] = state[name].to(torch.int16).to(torch.int8 if name == "mean_codes" else torch.uint8)

    def _update(self, parameter: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        state = self.state[parameter]
        if not state:
            state |= self._fresh(parameter)
        state["step"] += 1
        correction = tuple(1.0 - beta ** int(state["step"]) for beta in group["betas"])
        weights = parameter.view(-1)
        gradients = gradient.reshape(-1)
        if "mean" in state:
            _adamw(weights, gradients, state["mean"], state["square"], group, correction)
            return
        size = self._block_size
        for first in range(0, len(state["mean_scale"]), _CHUNK_BLOCKS):
            blocks = slice(first, first + _CHUNK_BLOCKS)
            part = slice(first * size, min((first + _CHUNK_BLOCKS) * size, weights.numel()))
            mean = _decoded_mean(state["mean_codes"][blocks], state["mean_scale"][blocks])
            square = _decoded_square(state["square_codes"][blocks], state["square_scale"][blocks])
            count = part.stop - part.start
            _adamw(weights[part], gradients[part], mean.view(-1)[:count], square.view(-1)[:count], group, correction)
            state["mean_codes"][blocks], state["mean_scale"][blocks] = _encoded_mean(mean)
            state["square_codes"][blocks], state["square_scale"][blocks] = _encoded_square(square)

    def _fresh(self, parameter: Tensor) -> dict[str, Tensor]:
        device, count = parameter.device, parameter.numel()
        step = torch.zeros((), dtype=torch.int64)
        if count < self._smallest:
            mean, square = torch.zeros(2, count, dtype=torch.float32, device=device)
            return {"step": step, "mean": mean, "square": square}
        shape = (-(-count // self._block_size), self._block_size)
        return {
            "step": step,
            "mean_codes": torch.zeros(shape, dtype=torch.int8, device=device),
            "mean_scale": torch.zeros(shape[0], 1, dtype=torch.float32, device=device),
            "square_codes": torch.zeros(shape, dtype=torch.uint8, device=device),
            "square_scale": torch.zeros(shape[0], 1, dtype=torch.float32, device=device),
        }


def _adamw(
    weights: Tensor,
    gradients: Tensor,
    mean: Tensor,
    square: Tensor,
    group: dict[str, Any],
    correction: tuple[float, ...],
) -> None:
    """One update in place, of weights and moments."""
    lr, (beta1, beta2) = float(group["lr"]), group["betas"]
    gradients = gradients.float()
    mean.lerp_(gradients, 1.0 - beta1)
    square.mul_(beta2).addcmul_(gradients, gradients, value=1.0 - beta2)
    weights.mul_(1.0 - lr * group["weight_decay"])
    root = (square / correction[1]).sqrt_().add_(group["eps"])
    weights.sub_((mean / root).mul_(lr / correction[0]).to(weights.dtype))


def _encoded_mean(mean: Tensor) -> tuple[Tensor, Tensor]:
    scale = mean.abs().amax(-1, keepdim=True)
    share = (mean.abs() / scale.clamp_min(torch.finfo(torch.float32).tiny)).sqrt_().sqrt_()
    return share.mul_(127).round_().copysign_(mean).to(torch.int8), scale


def _decoded_mean(codes: Tensor, scale: Tensor) -> Tensor:
    share = codes.float() / 127
    return (share**4).copysign_(share).mul_(scale)


def _encoded_square(square: Tensor) -> tuple[Tensor, Tensor]:
    scale = square.amax(-1, keepdim=True)
    share = (square / scale.clamp_min(torch.finfo(torch.float32).tiny)).sqrt_().sqrt_().sqrt_()
    # The tolerance keeps a number that was decoded from creeping up when it is encoded again.
    return share.mul_(255).sub_(1e-3).ceil_().to(torch.uint8), scale


def _decoded_square(codes: Tensor, scale: Tensor) -> Tensor:
    return ((codes.float() / 255) ** 8).mul_(scale)
