"""Dr. GRPO: centred rewards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from palestra.trainer.advantages.groups import GroupStatistics


@dataclass(frozen=True, kw_only=True, slots=True)
class DrGrpo:
    """`r - mean` over the valid samples of a group: no division, so no extra weight on easy and hard groups.

    Source: "Understanding R1-Zero-Like Training: A Critical Perspective", arXiv:2503.20783, section 3.2.
    """

    kind: ClassVar[str] = "dr-grpo"

    def __call__(self, rewards_PG: Tensor) -> Tensor:
        """Advantages of P groups of G samples.

        Args:
            rewards_PG: Finite rewards; NaN marks a masked sample.

        Returns:
            Shape (P, G); 0 for masked samples and in groups with fewer than two valid samples.
        """
        return GroupStatistics.of(rewards_PG).centred_PG.to(rewards_PG.dtype)
