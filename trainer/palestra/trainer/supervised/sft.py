"""Supervised fine-tuning: what it learns from, and how."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from palestra.trainer.objective.aggregation import Aggregation
from palestra.trainer.packing.packs import Group
from palestra.trainer.supervised.demonstration import Demonstration
from palestra.trainer.supervised.sources import OracleSource, Source
from palestra.trainer.supervised.token_choice import AllTokens, TokenChoice
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class Sft:
    """Raise the probability of demonstrations: `-log p` of their tokens, weighed by the run's aggregation.

    Demonstrations of how not to do it have the advantage `-wrong_weight`: with `aggregation = "sequence-mean"` that
    is REDI, `-logp(y+) / |y+| + a * logp(y-) / |y-|`.

    Source: REDI: "Harnessing Negative Signals", arXiv:2505.24850, equation 5.
    """

    kind: ClassVar[str] = "sft"

    source: Source = field(default_factory=OracleSource)
    """Where demonstrations are from: oracle, rollouts, expert-failures or chat."""
    batch: int = 16
    """Demonstrations of a step; each step goes on in an order that is drawn anew for each epoch."""
    tokens: TokenChoice = field(default_factory=AllTokens)
    """Which tokens are learned: all or surprising."""
    wrong_weight: float = 0.0
    """How strongly wrong demonstrations are pushed away, in proportion to right ones; 0: they are left out."""

    def __post_init__(self) -> None:
        if self.batch < 1:
            raise ValueError(f"batch must be at least 1, got {self.batch}")
        if not 0.0 <= self.wrong_weight <= 1.0:
            raise ValueError(f"wrong_weight must be in [0, 1], got {self.wrong_weight}")

    def usable(self, demonstrations: Sequence[Demonstration]) -> list[Demonstration]:
        """Those that are learned from."""
        return [each for each in demonstrations if each.policy_tokens and (each.is_right or self.wrong_weight)]

    def batch_of(self, demonstrations: Sequence[Demonstration], step: int, seed: int) -> list[Demonstration]:
        """The demonstrations of a step, 1, 2, ...: decided by the seed and the step alone."""
        count = len(demonstrations)
        positions = range((step - 1) * self.batch, step * self.batch)
        orders = {
            epoch: KeyedRandom("lesson", seed, epoch).sample(range(count), count)
            for epoch in range(positions[0] // count, positions[-1] // count + 1)
        }
        return [demonstrations[orders[position // count][position % count]] for position in positions]

    def groups_of(
        self, batch: Sequence[Demonstration], chosen: Sequence[Sequence[int]], aggregation: Aggregation
    ) -> list[Group]:
        """What the learner takes.

        Args:
            batch: The demonstrations of a step.
            chosen: For each token of each demonstration, 1 if it is learned.
            aggregation: Weighs tokens by the counts of those that are learned.
        """
        weights = aggregation([sum(mask) for mask in chosen])
        return [
            each.group(mask, advantage=1.0 if each.is_right else -self.wrong_weight, weight=weight)
            for each, mask, weight in zip(batch, chosen, weights, strict=True)
            if any(mask)
        ]


def epochs(step: int, batch: int, count: int) -> float:
    """How often all demonstrations have been seen after a step; NaN where there are none."""
    return step * batch / count if count else math.nan
