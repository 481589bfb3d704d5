"""Rewards as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from palestra.trainer.advantages.scored_groups import ScoredGroups
from palestra.verifiers.noise import PlainCoefficients


@dataclass(frozen=True, kw_only=True, slots=True)
class Coefficients:
    """`r`: no mean is subtracted and nothing divided, for rewards that are coefficients already.

    The forward correction gives such: fnr for an accepted sample and fnr - 1 for a rejected one, a baseline in
    itself, which a group's mean would take away again.

    Source: "Reinforcement Learning with Verifiable yet Noisy Rewards", arXiv:2510.00915, the forward correction.
    """

    kind: ClassVar[str] = "coefficients"

    @property
    def normalisation(self) -> PlainCoefficients:
        """What becomes of an affine map of the rewards."""
        return PlainCoefficients()

    def __call__(self, groups: ScoredGroups) -> Tensor:
        """Advantages of P groups of G samples.

        Args:
            groups: Rewards of the step's samples.

        Returns:
            Shape (P, G); 0 for masked samples.
        """
        return groups.rewards_PG.nan_to_num(0.0)
