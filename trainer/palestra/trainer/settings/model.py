"""The model to train."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from palestra.trainer.require import require


@dataclass(frozen=True, kw_only=True, slots=True)
class LoraConfig:
    """Train low-rank additions to the weights instead of the weights.

    Source: "LoRA: Low-Rank Adaptation of Large Language Models", arXiv:2106.09685.
    """

    rank: int = 16
    """Columns of each addition."""
    alpha: float = 32.0
    """The addition is scaled by alpha / rank."""
    target_modules: tuple[str, ...] = ()
    """Names of the layers that get an addition; empty: every linear layer but the head."""

    def __post_init__(self) -> None:
        require(self.rank >= 1, f"rank must be at least 1, got {self.rank}")
        require(0 < self.alpha < math.inf, f"alpha must be positive and finite, got {self.alpha}")


class Precision(StrEnum):
    """Numbers that the model computes with; the optimizer always has fp32 weights."""

    AUTO = "auto"
    """bf16 where the machine multiplies it faster than fp32, else fp32."""
    FP32 = "fp32"
    BF16 = "bf16"


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelConfig:
    """The model to train."""

    path: str
    """Folder of a `transformers` checkpoint, or `package:NAME` for one inside an installed package."""
    precision: Precision = Precision.AUTO
    """auto, fp32 or bf16."""
    lora: LoraConfig | None = None
    """Low-rank training; none trains all weights."""

    def __post_init__(self) -> None:
        require(bool(self.path), "path must name a model folder")
