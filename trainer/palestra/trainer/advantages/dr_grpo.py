"""Dr. GRPO: centred rewards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from palestra.trainer.advantages.groups import GroupStatistics
from palestra.trainer.advantages.scored_groups import ScoredGroups
from palestra.verifiers.noise import GroupCentred


@dataclass(frozen=True, kw_only=True, slots=True)
class DrGrpo:
    """`r - mean` over the valid samples of a group: no division, so no extra weight on easy and hard groups.

    Source: "Understanding R1-Zero-Like Training: A Critical Perspective", arXiv:2503.20783, section 3.2.
    """

    kind: ClassVar[str] = "dr-grpo"

    @property
    def normalisation(self) -> GroupCentred:
        """What becomes of an affine map of the rewards."""
        return GroupCentred()

    def __call__(self, groups: ScoredGroups) -> Tensor:
        """Advantages of P groups of G samples.

        Args:
            groups: Rewards of the step's samples.

        Returns:
            Shape (P, G); 0 for masked samples and in groups with fewer than two valid samples.
        """
        return GroupStatistics.of(groups.rewards_PG).centred_PG.to(groups.rewards_PG.dtype)
