"""PSR, NSR and W-REINFORCE: fixed coefficients for right and wrong responses, no baseline."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from palestra.trainer.advantages.scored_groups import ScoredGroups
from palestra.verifiers.noise import Thresholded


@dataclass(frozen=True, kw_only=True, slots=True)
class WeightedReinforce:
    """Right responses are reinforced a little, wrong ones are punished in full.

    Right is what has a reward above the threshold: the reward, not the verdict, so that null controls stay null. A
    noise correction does not reach it; yet W-REINFORCE with `right` = w is, up to a factor, the forward correction
    for verifiers that miss w / (1 + w) of the right responses.

    Source: "The Surprising Effectiveness of Negative Reinforcement in LLM Reasoning", arXiv:2506.01347, section 5;
    the link to the forward correction is an own derivation.
    """

    kind: ClassVar[str] = "w-reinforce"

    right: float = 0.1
    """Advantage of a right response."""
    wrong: float = -1.0
    """Advantage of a wrong one."""
    threshold: float = 0.5
    """Rewards above it are right."""

    def __post_init__(self) -> None:
        for name, value in (("right", self.right), ("wrong", self.wrong), ("threshold", self.threshold)):
            if not math.isfinite(value):
                raise ValueError(f"{name} must be finite, got {value}")

    @property
    def normalisation(self) -> Thresholded:
        """What becomes of an affine map of the rewards."""
        return Thresholded()

    def __call__(self, groups: ScoredGroups) -> Tensor:
        """Advantages of P groups of G samples.

        Args:
            groups: Rewards of the step's samples.

        Returns:
            Shape (P, G); 0 for masked samples, but neither for samples alone nor for groups of equals.
        """
        return by_side(groups, self.threshold, self.right, self.wrong)


@dataclass(frozen=True, kw_only=True, slots=True)
class Psr:
    """Positive samples only: right responses have the advantage 1, wrong ones none. Nothing is ever pushed away.

    Source: arXiv:2506.01347, section 3.
    """

    kind: ClassVar[str] = "psr"

    threshold: float = 0.5
    """Rewards above it are right."""

    @property
    def normalisation(self) -> Thresholded:
        """What becomes of an affine map of the rewards."""
        return Thresholded()

    def __call__(self, groups: ScoredGroups) -> Tensor:
        """Advantages of P groups of G samples: 1 for right responses, else 0."""
        return by_side(groups, self.threshold, 1.0, 0.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Nsr:
    """Negative samples only: wrong responses have the advantage -1, right ones none.

    Source: arXiv:2506.01347, section 3.
    """

    kind: ClassVar[str] = "nsr"

    threshold: float = 0.5
    """Rewards above it are right."""

    @property
    def normalisation(self) -> Thresholded:
        """What becomes of an affine map of the rewards."""
        return Thresholded()

    def __call__(self, groups: ScoredGroups) -> Tensor:
        """Advantages of P groups of G samples: -1 for wrong responses, else 0."""
        return by_side(groups, self.threshold, 0.0, -1.0)


def by_side(groups: ScoredGroups, threshold: float, right: float, wrong: float) -> Tensor:
    """One number for rewards above the threshold, another for those below; 0 for masked samples."""
    sides_PG = torch.where(groups.rewards_PG > threshold, right, wrong)
    return torch.where(groups.valid_PG, sides_PG, 0.0).to(groups.rewards_PG.dtype)
