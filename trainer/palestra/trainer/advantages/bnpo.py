"""BNPO: centred rewards, weighed by a Beta density that follows the batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from palestra.trainer.advantages.groups import GroupStatistics
from palestra.trainer.advantages.scored_groups import ScoredGroups
from palestra.verifiers.noise import GroupCentred


@dataclass(frozen=True, kw_only=True, slots=True)
class Bnpo:
    """`(r - p) / Beta(p; alpha, beta)` with the group's mean p; alpha and beta follow the means of the batch's groups.

    alpha = beta = 1 is Dr. GRPO, alpha = beta = 3/2 is GRPO up to a constant. For rewards of 0 and 1. Where noise
    has been corrected, rewards may lie outside: p is then the nearest mean that a mixed group of zeros and ones
    can have, and only p; the density is never read at 0 or 1, where it vanishes.

    Source: "BNPO: Beta Normalization Policy Optimization", arXiv:2506.02864, section 4, and its code.
    """

    kind: ClassVar[str] = "bnpo"

    max_weight: float = 1e6
    """Largest inverse of the density."""

    def __post_init__(self) -> None:
        if not self.max_weight > 0.0:
            raise ValueError(f"max_weight must be positive, got {self.max_weight}")

    @property
    def normalisation(self) -> GroupCentred:
        """What becomes of an affine map of the rewards."""
        return GroupCentred(weighs_groups=True)

    def __call__(self, groups: ScoredGroups) -> Tensor:
        """Advantages of P groups of G samples.

        Args:
            groups: Rewards of the step's samples, 0 or 1.

        Returns:
            Shape (P, G); 0 for masked samples and in groups with fewer than two different rewards.
        """
        group = GroupStatistics.of(groups.rewards_PG)
        means_P1 = groups.rewards_PG.double().nansum(dim=1, keepdim=True) / group.counts_P1.clamp(min=1.0)
        means_P1 = means_P1.clamp(0.0, 1.0)
        alpha, beta = _density(means_P1[group.counts_P1 > 0.0])
        edge_P1 = 1.0 / group.counts_P1.clamp(min=2.0)
        inside_P1 = means_P1.clamp(edge_P1, 1.0 - edge_P1)
        log_density_P1 = (
            (alpha - 1.0) * inside_P1.log()
            + (beta - 1.0) * (1.0 - inside_P1).log()
            + torch.lgamma(alpha + beta)
            - torch.lgamma(alpha)
            - torch.lgamma(beta)
        )
        weights_P1 = (-log_density_P1).exp().clamp(max=self.max_weight)
        return (group.centred_PG * weights_P1).to(groups.rewards_PG.dtype)


def _density(means_P: Tensor) -> tuple[Tensor, Tensor]:
    """Parameters of the density for groups with these means; 1 and 1 where they do not vary."""
    one = means_P.new_ones(())
    variance = means_P.var() if len(means_P) > 1 else one * 0.0
    if variance <= 1e-12:
        return one, one
    mean = means_P.mean()
    spread = mean * (1.0 - mean) / variance - 1.0
    return (1.0 + spread * mean / 3.0).clamp(min=1.0), (1.0 + spread * (1.0 - mean) / 3.0).clamp(min=1.0)
