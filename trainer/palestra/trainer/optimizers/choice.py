"""From settings to an optimizer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.distributed.tensor import DTensor

from palestra.trainer.errors import ConfigError
from palestra.trainer.optimizers.eight_bit import EightBitAdamW
from palestra.trainer.optimizers.states import EightBitStates

if TYPE_CHECKING:
    from palestra.trainer.optimizers.config import OptimConfig


def fresh_optimizer(groups: Sequence[Sequence[nn.Parameter]], optim: OptimConfig) -> torch.optim.Optimizer:
    """AdamW over groups of parameters, with fresh moments.

    Raises:
        ConfigError: The parameters are spread over processes, and moments in 8 bits are asked for.
    """
    params = [{"params": list(parameters)} for parameters in groups]
    betas = (optim.beta1, optim.beta2)
    states = optim.states
    if not isinstance(states, EightBitStates):
        return torch.optim.AdamW(
            params, lr=optim.lr, betas=betas, eps=optim.eps, weight_decay=optim.weight_decay, fused=True
        )
    if any(isinstance(parameter, DTensor) for parameters in groups for parameter in parameters):
        raise ConfigError(
            "optim.states `8-bit` does not go with weights that are spread over processes\n\n"
            "hint: leave optim.states away; shards of full states are smaller already"
        )
    return EightBitAdamW(
        params,
        lr=optim.lr,
        betas=betas,
        eps=optim.eps,
        weight_decay=optim.weight_decay,
        block_size=states.block_size,
        smallest=states.smallest,
    )
