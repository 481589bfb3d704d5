"""AsymRE: a baseline that is lower than the mean."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from palestra.trainer.advantages.groups import GroupStatistics
from palestra.trainer.advantages.scored_groups import ScoredGroups
from palestra.verifiers.noise import GroupCentred


@dataclass(frozen=True, kw_only=True, slots=True)
class AsymRe:
    """Reward less the group's mean, less a shift: with a negative one, what is good pulls more than the bad pushes.

    A shift of -c is the regulariser `-c * logprob` (forward KL to the behaviour policy), so groups of equal rewards
    are learned from too. It is the stable side for off-policy samples.

    Source: "Group-Relative REINFORCE Is Secretly an Off-Policy Algorithm", arXiv:2509.24203, section 4; "Asymmetric
    REINFORCE for off-Policy Reinforcement Learning", arXiv:2506.20520.
    """

    kind: ClassVar[str] = "asym-re"

    shift: float = -0.1
    """Added to the baseline."""

    def __post_init__(self) -> None:
        if not math.isfinite(self.shift):
            raise ValueError(f"shift must be finite, got {self.shift}")

    @property
    def normalisation(self) -> GroupCentred:
        """What becomes of an affine map of the rewards: a factor changes what the shift weighs."""
        return GroupCentred(sees_scale=self.shift != 0.0)

    def __call__(self, groups: ScoredGroups) -> Tensor:
        """Advantages of P groups of G samples.

        Args:
            groups: Rewards of the step's samples.

        Returns:
            Shape (P, G); 0 for masked samples.
        """
        centred_PG = GroupStatistics.of(groups.rewards_PG).centred_PG
        return torch.where(groups.valid_PG, centred_PG - self.shift, 0.0).to(groups.rewards_PG.dtype)
