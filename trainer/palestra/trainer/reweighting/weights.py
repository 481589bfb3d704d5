"""What a re-weighting is, and several in a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from palestra.trainer.advantages import ScoredGroups


class SampleWeights(Protocol):
    """Weighs the samples of a step."""

    def __call__(self, groups: ScoredGroups, advantages_PG: Tensor) -> Tensor:
        """Factors, shape (P, G), finite and not negative; those of masked samples mean nothing.

        Args:
            groups: The samples that are learned from; all others are masked.
            advantages_PG: As they stand, with the factors of earlier re-weightings.
        """
        ...


def product_of(weights: Sequence[SampleWeights], groups: ScoredGroups, advantages_PG: Tensor) -> Tensor:
    """The factors of several re-weightings, shape (P, G), each seeing what those before it left of the advantages.

    They are factors and not new advantages, so that they hold for every turn of a rollout, however credit spreads.
    """
    factors_PG = torch.ones_like(advantages_PG)
    for weigh in weights:
        factors_PG = factors_PG * weigh(groups, advantages_PG * factors_PG)
    return factors_PG


def weighted_turns(
    turn_advantages: Sequence[Sequence[tuple[float, ...]]], factors_PG: Tensor
) -> list[list[tuple[float, ...]]]:
    """The advantages of each rollout's turns, times the rollout's factor."""
    return [
        [tuple(factor * advantage for advantage in of_turns) for of_turns, factor in zip(group, factors, strict=False)]
        for group, factors in zip(turn_advantages, factors_PG.tolist(), strict=True)
    ]
