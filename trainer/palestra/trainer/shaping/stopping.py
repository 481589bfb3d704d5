"""Stages that look at how a response ended."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.trainer.shaping.paid import Paid, SurpriseOf
from palestra.verifiers.rewards import Reward


@dataclass(frozen=True, kw_only=True, slots=True)
class TruncatedFactor:
    """A response that ran out of tokens is paid only a part.

    Source: version 2 of ProRL in the configuration of NeMo-RL (there 0).
    """

    kind: ClassVar[str] = "truncated-factor"
    mixes: ClassVar[bool] = True
    is_additive: ClassVar[bool] = False

    factor: float = 0.0
    """What is left of its reward."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.factor <= 1.0:
            raise ValueError(f"factor must be in [0, 1], got {self.factor}")

    def __call__(self, group: Sequence[Paid], surprise_of: SurpriseOf) -> list[Reward]:
        """The rewards, those of truncated responses multiplied."""
        return [
            sample.reward.then(self.kind, lambda value: value * self.factor)
            if sample.rollout.is_truncated
            else sample.reward
            for sample in group
        ]


@dataclass(frozen=True, kw_only=True, slots=True)
class MissingEnd:
    """A response without an end has this reward, whatever else was earned.

    Source: "Tulu 3", arXiv:2411.15124, and open-instruct (there -10 beside 10 for a right answer).
    """

    kind: ClassVar[str] = "missing-end"
    mixes: ClassVar[bool] = True
    is_additive: ClassVar[bool] = False

    value: float = -10.0
    """The reward of a response that ran out of tokens."""

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise ValueError(f"value must be finite, got {self.value}")

    def __call__(self, group: Sequence[Paid], surprise_of: SurpriseOf) -> list[Reward]:
        """The rewards, those of truncated responses replaced."""
        return [
            sample.reward.then(self.kind, lambda _: self.value) if sample.rollout.is_truncated else sample.reward
            for sample in group
        ]
