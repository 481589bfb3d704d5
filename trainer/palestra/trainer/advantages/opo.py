"""OPO: the baseline of least variance, under which long responses count more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from palestra.trainer.advantages.groups import GroupStatistics
from palestra.trainer.advantages.scored_groups import ScoredGroups
from palestra.verifiers.noise import GroupCentred


@dataclass(frozen=True, kw_only=True, slots=True)
class Opo:
    """Reward less the mean of its group, in which each response counts by its tokens.

    The baseline of least variance weighs by squared gradient norms; a sequence's grows with its length.

    Source: "On-Policy RL with Optimal Reward Baseline", arXiv:2505.23585, section 3.
    """

    kind: ClassVar[str] = "opo"

    @property
    def normalisation(self) -> GroupCentred:
        """What becomes of an affine map of the rewards."""
        return GroupCentred()

    def __call__(self, groups: ScoredGroups) -> Tensor:
        """Advantages of P groups of G samples.

        Args:
            groups: Rewards and lengths of the step's samples.

        Returns:
            Shape (P, G); 0 for masked samples and in groups with fewer than two different rewards.
        """
        centred_PG = GroupStatistics.of(groups.rewards_PG).centred_PG
        weights_PG = (groups.lengths_PG * groups.valid_PG).double()
        shift_P1 = (weights_PG * centred_PG).sum(dim=1, keepdim=True) / weights_PG.sum(dim=1, keepdim=True).clamp(min=1)
        return torch.where(groups.valid_PG, centred_PG - shift_P1, 0.0).to(groups.rewards_PG.dtype)
