"""A-LoL: only what was better than expected is learned from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from palestra.trainer.advantages.groups import GroupStatistics
from palestra.trainer.advantages.scored_groups import ScoredGroups
from palestra.verifiers.noise import GroupCentred


@dataclass(frozen=True, kw_only=True, slots=True)
class ALol:
    """The positive part of the centred reward, the group's mean in the place of the paper's value of the prompt.

    The whole method is this with a loss that weighs a response by its clipped sequence ratio (`A-LoL`, sequence
    level of the importance weights); with `reinforce` it is the paper's variant without a ratio (`A-LoL ref-free`).
    Samples whose advantage is 0 still count in the loss's normaliser, which scales all of it alike.

    Source: "Leftover Lunch: Advantage-based Offline Reinforcement Learning for Language Models", arXiv:2305.14718,
    section 2.
    """

    kind: ClassVar[str] = "a-lol"

    @property
    def normalisation(self) -> GroupCentred:
        """What becomes of an affine map of the rewards."""
        return GroupCentred()

    def __call__(self, groups: ScoredGroups) -> Tensor:
        """Advantages of P groups of G samples.

        Args:
            groups: Rewards of the step's samples.

        Returns:
            Shape (P, G), 0 or more; 0 for masked samples and in groups with fewer than two different rewards.
        """
        return GroupStatistics.of(groups.rewards_PG).centred_PG.clamp(min=0.0).to(groups.rewards_PG.dtype)
