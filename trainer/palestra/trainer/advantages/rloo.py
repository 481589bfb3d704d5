"""RLOO: each reward against the mean of the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from palestra.trainer.advantages.groups import GroupStatistics
from palestra.trainer.advantages.scored_groups import ScoredGroups
from palestra.verifiers.noise import GroupCentred


@dataclass(frozen=True, kw_only=True, slots=True)
class Rloo:
    """`r` less the mean of the group's other valid samples, which is `n / (n - 1) * (r - mean)`.

    Source: "Back to Basics: Revisiting REINFORCE Style Optimization", arXiv:2402.14740, section 2.2.
    """

    kind: ClassVar[str] = "rloo"

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
        group = GroupStatistics.of(groups.rewards_PG)
        factor_P1 = group.counts_P1 / (group.counts_P1 - 1.0).clamp(min=1.0)
        return (factor_P1 * group.centred_PG).to(groups.rewards_PG.dtype)
