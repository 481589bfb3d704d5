"""Statistics of groups of rewards in which some samples are masked."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupStatistics:
    """Rewards of P groups of G samples, centred over the valid samples of each group, in float64."""

    centred_PG: Tensor
    """Reward less the group's mean; exactly 0 for masked samples and in uninformative groups."""
    counts_P1: Tensor
    """Valid samples of each group."""

    @classmethod
    def of(cls, rewards_PG: Tensor) -> GroupStatistics:
        """The statistics of a matrix of rewards; NaN marks a masked sample.

        Raises:
            ValueError: The rewards are no matrix, or one is infinite.
        """
        valid_PG = _valid(rewards_PG)
        rewards_PG = rewards_PG.double()
        counts_P1 = valid_PG.sum(dim=1, keepdim=True).double()
        sums_P1 = rewards_PG.nansum(dim=1, keepdim=True)
        centred_PG = rewards_PG - sums_P1 / counts_P1.clamp(min=1.0)
        keep_PG = valid_PG & informative_groups(rewards_PG)[:, None]
        return cls(
            centred_PG=torch.where(keep_PG, centred_PG, torch.zeros_like(centred_PG)),
            counts_P1=counts_P1,
        )

    def std_P1(self, ddof: int) -> Tensor:
        """Standard deviation of each group's valid samples; 0 where the group is uninformative."""
        sums_P1 = self.centred_PG.square().sum(dim=1, keepdim=True)
        return (sums_P1 / (self.counts_P1 - ddof).clamp(min=1.0)).sqrt()


def informative_groups(rewards_PG: Tensor) -> Tensor:
    """Which groups, shape (P,), have two valid samples whose rewards differ.

    The others have advantage 0 in every sample, so they need no forward pass.

    Raises:
        ValueError: The rewards are no matrix, or one is infinite.
    """
    valid_PG = _valid(rewards_PG)
    if rewards_PG.numel() == 0:
        return torch.zeros(rewards_PG.shape[0], dtype=torch.bool, device=rewards_PG.device)
    infinity = torch.full_like(rewards_PG, torch.inf)
    lowest_P = torch.where(valid_PG, rewards_PG, infinity).amin(dim=1)
    highest_P = torch.where(valid_PG, rewards_PG, -infinity).amax(dim=1)
    return lowest_P < highest_P


def _valid(rewards_PG: Tensor) -> Tensor:
    if rewards_PG.ndim != 2 or not rewards_PG.is_floating_point():
        raise ValueError(f"rewards must be a matrix of floats, got {rewards_PG.dtype} {tuple(rewards_PG.shape)}")
    if rewards_PG.isinf().any():
        raise ValueError("a reward is infinite; mark masked samples with NaN")
    return ~rewards_PG.isnan()
