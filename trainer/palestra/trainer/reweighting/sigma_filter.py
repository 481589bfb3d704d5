"""StableReinforce's filter of advantages."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from palestra.trainer.advantages import ScoredGroups


@dataclass(frozen=True, kw_only=True, slots=True)
class SigmaFilter:
    """Advantages that lie further than `sigmas` standard deviations from the batch's mean become 0.

    It kills rare successes: one right response in sixteen lies 3.75 standard deviations out, so a policy that is
    seldom right learns nothing from being right. Made for reward models with outliers; for verifiers leave it off.

    Source: "R1-Reward", arXiv:2505.02835, section 3.3 (StableReinforce).
    """

    kind: ClassVar[str] = "sigma-filter"

    sigmas: float = 3.0
    """Largest distance that is kept."""

    def __post_init__(self) -> None:
        if not 0.0 < self.sigmas < math.inf:
            raise ValueError(f"sigmas must be positive and finite, got {self.sigmas}")

    def __call__(self, groups: ScoredGroups, advantages_PG: Tensor) -> Tensor:
        """0 or 1 for each sample, shape (P, G).

        Args:
            groups: Says which samples are valid; the standard deviation of these is the unbiased one.
            advantages_PG: As they stand.
        """
        known = advantages_PG[groups.valid_PG].double()
        if len(known) < 2:
            return torch.ones_like(advantages_PG)
        distance_PG = (advantages_PG.double() - known.mean()).abs()
        return (distance_PG <= self.sigmas * known.std()).to(advantages_PG.dtype)
