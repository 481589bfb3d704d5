"""In which numbers AdamW keeps its moments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.trainer.require import require


@dataclass(frozen=True, kw_only=True, slots=True)
class FullStates:
    """Both moments in fp32: 8 bytes for each weight."""

    kind: ClassVar[str] = "full"

    @property
    def traffic_bytes(self) -> int:
        """That an update moves for each weight: weight, gradient and moments read, weight and moments written."""
        return 28


@dataclass(frozen=True, kw_only=True, slots=True)
class EightBitStates:
    """Both moments in 8 bits, with a scale for each block of weights: 2 bytes for each weight.

    Source: "8-bit Optimizers via Block-wise Quantization", arXiv:2110.02861.
    """

    kind: ClassVar[str] = "8-bit"

    block_size: int = 256
    """Weights that share a scale."""
    smallest: int = 4096
    """Tensors of fewer weights keep their moments in fp32."""

    def __post_init__(self) -> None:
        require(self.block_size >= 16, f"block_size must be at least 16, got {self.block_size}")
        require(self.smallest >= 0, f"smallest must be 0 or more, got {self.smallest}")

    @property
    def traffic_bytes(self) -> int:
        """That an update moves for each weight: weight and gradient read, weight written, moments in 8 bits."""
        return 16


OptimizerStates = FullStates | EightBitStates
"""How moments are kept."""
