"""Down-sampling of pools to small balanced groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch

from palestra.trainer.advantages import Estimator, ScoredGroups
from palestra.trainer.selection.chosen import Chosen
from palestra.trainer.selection.sides import Sides, sides_of
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class AdaBalance:
    """Keep a few samples of each group, half of them above its mean reward and half below, where there are so many.

    Advantages are taken over the whole pool: its mean is a better baseline than that of what is kept, but those of
    the kept samples do not sum to 0. The side that is scarce is over-represented, so the gradient is that of another
    objective: harder tasks count more.

    Source: "Reinforce-Ada: An Adaptive Sampling Framework for Reinforce-Style LLM Training", arXiv:2510.04996,
    algorithm 1.
    """

    kind: ClassVar[str] = "ada-balance"

    keep: int = 4
    """Samples of each group that are learned from."""

    def __post_init__(self) -> None:
        if self.keep < 2:
            raise ValueError(f"keep must be at least 2, got {self.keep}")

    def __call__(self, groups: ScoredGroups, estimate: Estimator, random: KeyedRandom) -> Chosen:
        """What is kept, with its advantages in the pool."""
        copies_PG = torch.zeros(groups.rewards_PG.shape, dtype=torch.int64)
        for row, sides in enumerate(sides_of(groups)):
            copies_PG[row, self._kept(sides, random)] = 1
        return Chosen(advantages_PG=estimate(groups), copies_PG=copies_PG)

    def _kept(self, sides: Sides, random: KeyedRandom) -> list[int]:
        half = self.keep // 2
        above, below, even = (random.sample(side, len(side)) for side in (sides.above, sides.below, sides.even))
        rest = [*above[half:], *below[half:], *even]
        kept = [*above[:half], *below[:half]]
        return kept + rest[: self.keep - len(kept)]
