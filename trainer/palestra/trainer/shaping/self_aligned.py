"""The stage that pays answers for being about their question."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.trainer.shaping.paid import Paid, SurpriseOf
from palestra.verifiers.rewards import Reward, SelfAlignedReward


@dataclass(frozen=True, kw_only=True, slots=True)
class SelfAligned:
    """Adds how much likelier the question makes the answer, right or wrong; costs a second forward pass.

    Source: "Self-Aligned Reward", arXiv:2509.05489.
    """

    kind: ClassVar[str] = "self-aligned"
    asks_policy: ClassVar[bool] = True
    mixes: ClassVar[bool] = True

    weight: float = 0.2
    """Most that a response gains or loses."""

    def __post_init__(self) -> None:
        if not math.isfinite(self.weight):
            raise ValueError(f"weight must be finite, got {self.weight}")

    def __call__(self, group: Sequence[Paid], surprise_of: SurpriseOf) -> list[Reward]:
        """The rewards with the term; as they are where an answer has no tokens."""
        add = SelfAlignedReward(weight=self.weight)
        surprises = surprise_of([sample.rollout for sample in group])
        return [add(sample.reward, surprise) for sample, surprise in zip(group, surprises, strict=True)]
