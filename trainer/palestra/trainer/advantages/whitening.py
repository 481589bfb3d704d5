"""Z-scores over a whole batch, in which a sample counts as much as it has tokens."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from palestra.trainer.advantages.scored_groups import ScoredGroups


@dataclass(frozen=True, kw_only=True, slots=True)
class Whitening:
    """`(a - mean) / sqrt(max(variance, floor))`, mean and variance over all valid samples of the batch."""

    over_tokens: bool = True
    """Every token that the policy wrote counts once, as in verl and NeMo-RL; else every sample."""
    ddof: int = 1
    """1: unbiased variance; 0: that of the population."""
    floor: float = 1e-8
    """Smallest variance that is divided by."""

    def __post_init__(self) -> None:
        if self.ddof not in (0, 1):
            raise ValueError(f"ddof must be 0 or 1, got {self.ddof}")
        if not self.floor > 0.0:
            raise ValueError(f"floor must be positive, got {self.floor}")

    def __call__(self, values_PG: Tensor, groups: ScoredGroups) -> Tensor:
        """The whitened values, float64; 0 for what does not count, and everywhere if all that counts has one value.

        Args:
            values_PG: Finite.
            groups: Says which samples are valid and how long they are.
        """
        weights_PG = (groups.lengths_PG if self.over_tokens else torch.ones_like(values_PG)) * groups.valid_PG
        values_PG, weights_PG = values_PG.double(), weights_PG.double()
        total = weights_PG.sum()
        mean = (weights_PG * values_PG).sum() / total.clamp(min=1.0)
        centred_PG = torch.where(weights_PG > 0.0, values_PG - mean, 0.0)
        variance = (weights_PG * centred_PG.square()).sum() / (total - self.ddof).clamp(min=1.0)
        return centred_PG / variance.clamp(min=self.floor).sqrt()
