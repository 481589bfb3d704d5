"""How weights are updated."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from palestra.trainer.optimizers.states import FullStates, OptimizerStates
from palestra.trainer.require import require
from palestra.trainer.settings.schedules import Constant, Decay


@dataclass(frozen=True, kw_only=True, slots=True)
class OptimConfig:
    """How weights are updated: AdamW.

    Source: "Decoupled Weight Decay Regularization", arXiv:1711.05101, algorithm 2.
    """

    lr: float = 1e-6
    """Learning rate after warm-up."""
    beta1: float = 0.9
    """Decay of the mean of gradients."""
    beta2: float = 0.999
    """Decay of the mean of squared gradients."""
    eps: float = 1e-8
    """Added to the root of the mean of squared gradients."""
    weight_decay: float = 0.0
    """Share of each weight taken away per update, times the learning rate."""
    warmup_steps: int = 0
    """Steps over which the learning rate rises from 0 in a straight line."""
    clip_norm: float = 1.0
    """Longest gradient; a longer one is scaled down to it. inf: never."""
    decay: Decay = field(default_factory=Constant)
    """constant, linear, cosine or stairs, after warm-up."""
    states: OptimizerStates = field(default_factory=FullStates)
    """full (fp32) or 8-bit: how the means of gradients and of their squares are kept."""

    def __post_init__(self) -> None:
        require(0 < self.lr < math.inf, f"lr must be positive and finite, got {self.lr}")
        for name, beta in (("beta1", self.beta1), ("beta2", self.beta2)):
            require(0 <= beta < 1, f"{name} must be in [0, 1), got {beta}")
        require(0 < self.eps < math.inf, f"eps must be positive and finite, got {self.eps}")
        require(0 <= self.weight_decay < math.inf, f"weight_decay must be 0 or more, got {self.weight_decay}")
        require(self.warmup_steps >= 0, f"warmup_steps must be 0 or more, got {self.warmup_steps}")
        require(self.clip_norm > 0, f"clip_norm must be positive, got {self.clip_norm}")

    def lr_at(self, step: int, steps: int) -> float:
        """The learning rate of step 1, 2, ..., `steps`."""
        if step <= self.warmup_steps:
            return self.lr * step / self.warmup_steps
        done, decaying = step - self.warmup_steps - 1, steps - self.warmup_steps
        return self.lr * self.decay(min(done / max(decaying, 1), 1.0))
