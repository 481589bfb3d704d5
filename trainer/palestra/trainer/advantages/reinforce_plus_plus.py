"""REINFORCE++: z-scores over the batch, without and with a baseline of the group."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from torch import Tensor

from palestra.trainer.advantages.groups import GroupStatistics
from palestra.trainer.advantages.scored_groups import ScoredGroups
from palestra.trainer.advantages.whitening import Whitening
from palestra.verifiers.noise import BatchScored


@dataclass(frozen=True, kw_only=True, slots=True)
class ReinforcePlusPlus:
    """Rewards, whitened over the batch: a group in which all are right is still better than the batch.

    Rewards of tokens and the KL penalty inside of the reward are not part of it: here a response has one reward.

    Source: "REINFORCE++", arXiv:2501.03262, section 3.
    """

    kind: ClassVar[str] = "reinforce++"

    whitening: Whitening = field(default_factory=Whitening)
    """Of the batch; over its tokens."""

    @property
    def normalisation(self) -> BatchScored:
        """What becomes of an affine map of the rewards."""
        return BatchScored()

    def __call__(self, groups: ScoredGroups) -> Tensor:
        """Advantages of P groups of G samples.

        Args:
            groups: Rewards and lengths of the step's samples.

        Returns:
            Shape (P, G); 0 for masked samples, and everywhere if all rewards are equal.
        """
        return self.whitening(groups.rewards_PG.nan_to_num(0.0), groups).to(groups.rewards_PG.dtype)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReinforcePlusPlusBaseline:
    """Rewards less the mean of their group, whitened over the batch.

    The batch's mean over tokens is subtracted too: groups of equal rewards get what that leaves, not quite 0.

    Source: "REINFORCE++", arXiv:2501.03262, the variant with a baseline.
    """

    kind: ClassVar[str] = "reinforce++-baseline"

    whitening: Whitening = field(default_factory=Whitening)
    """Of the batch; over its tokens."""

    @property
    def normalisation(self) -> BatchScored:
        """What becomes of an affine map of the rewards."""
        return BatchScored(is_group_centred=True)

    def __call__(self, groups: ScoredGroups) -> Tensor:
        """Advantages of P groups of G samples.

        Args:
            groups: Rewards and lengths of the step's samples.

        Returns:
            Shape (P, G); 0 for masked samples, and everywhere if no group has two different rewards.
        """
        centred_PG = GroupStatistics.of(groups.rewards_PG).centred_PG
        return self.whitening(centred_PG, groups).to(groups.rewards_PG.dtype)


@dataclass(frozen=True, kw_only=True, slots=True)
class ProrlV2(ReinforcePlusPlusBaseline):
    """REINFORCE++ with a baseline, whitened by the variance of the population of valid tokens.

    Source: ProRL v2, the recipe `prorlv2` of NeMo-RL; "ProRL", arXiv:2505.24864, is its first version.
    """

    kind: ClassVar[str] = "prorl-v2"

    whitening: Whitening = field(default_factory=lambda: Whitening(ddof=0))
    """Of the batch; over its tokens."""
