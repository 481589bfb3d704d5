"""OPMD: online policy mirror descent with a soft baseline."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

import torch
from torch import Tensor

from palestra.trainer.advantages.groups import GroupStatistics
from palestra.trainer.advantages.scored_groups import ScoredGroups
from palestra.verifiers.noise import GroupCentred


class OpmdBaseline(StrEnum):
    """What is subtracted from the rewards of a group."""

    MEAN = "mean"
    LOG_MEAN_EXP = "log-mean-exp"
    """The soft maximum `tau * log(mean(exp(r / tau)))`: the mean if tau is large, the maximum if it is small."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Opmd:
    """Reward less a baseline of its group, by 1 + tau.

    The factor is that of the method's loss, `-advantage * logprob / (1 + tau)`; the loss to go with it is
    `reinforce`. Kimi's penalty `(logprob - behaviour)**2` is K2 with the behaviour policy as reference.

    Source: "Group-Relative REINFORCE Is Secretly an Off-Policy Algorithm", arXiv:2509.24203, section 3, and
    Trinity-RFT.
    """

    kind: ClassVar[str] = "opmd"

    tau: float = 1.0
    """Temperature of the mirror descent."""
    baseline: OpmdBaseline = OpmdBaseline.LOG_MEAN_EXP
    """mean or log-mean-exp."""
    divides: bool = True
    """Whether to divide by 1 + tau, which matters only beside terms of a fixed scale."""

    def __post_init__(self) -> None:
        if not 0.0 < self.tau < math.inf:
            raise ValueError(f"tau must be positive and finite, got {self.tau}")

    @property
    def normalisation(self) -> GroupCentred:
        """What becomes of an affine map of the rewards; the soft baseline of scaled rewards is another one."""
        return GroupCentred(sees_scale=self.baseline is OpmdBaseline.LOG_MEAN_EXP)

    def __call__(self, groups: ScoredGroups) -> Tensor:
        """Advantages of P groups of G samples.

        Args:
            groups: Rewards of the step's samples.

        Returns:
            Shape (P, G); 0 for masked samples and in groups with fewer than two different rewards.
        """
        group = GroupStatistics.of(groups.rewards_PG)
        advantages_PG = group.centred_PG
        if self.baseline is OpmdBaseline.LOG_MEAN_EXP:
            scaled_PG = torch.where(groups.valid_PG, advantages_PG / self.tau, -torch.inf)
            # Of centred rewards, so that no exponential overflows where rewards are large but close.
            excess_P1 = self.tau * (scaled_PG.logsumexp(dim=1, keepdim=True) - group.counts_P1.log())
            advantages_PG = torch.where(
                advantages_PG.ne(0.0).any(dim=1, keepdim=True) & groups.valid_PG, advantages_PG - excess_P1, 0.0
            )
        scale = 1.0 + self.tau if self.divides else 1.0
        return (advantages_PG / scale).to(groups.rewards_PG.dtype)
