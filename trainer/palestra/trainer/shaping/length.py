"""Stages that look at length. Length carries no verifier noise, so they come after every correction."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean, pstdev
from typing import ClassVar

from palestra.trainer.shaping.paid import Paid, SurpriseOf
from palestra.verifiers.rewards import EfficientReasoning, LongHorizon, Overlong, RelativeLength, Reward


@dataclass(frozen=True, kw_only=True, slots=True)
class OverlongPenalty:
    """Takes up to 1 from responses near the token limit.

    Source: "DAPO", arXiv:2503.14476, equation 13.
    """

    kind: ClassVar[str] = "overlong"
    mixes: ClassVar[bool] = True

    max_tokens: int
    """Length from which on the penalty is -1."""
    buffer: int
    """How many tokens before `max_tokens` the penalty starts."""

    def __post_init__(self) -> None:
        self._term()

    def __call__(self, group: Sequence[Paid], surprise_of: SurpriseOf) -> list[Reward]:
        """The rewards with the penalty."""
        return [sample.reward.plus(self.kind, self._term()(sample.rollout.policy_tokens)) for sample in group]

    def _term(self) -> Overlong:
        return Overlong(max_tokens=self.max_tokens, buffer=self.buffer)


@dataclass(frozen=True, kw_only=True, slots=True)
class RelativeLengthBonus:
    """Pays what is shorter than the mean of its group, right or wrong (O1-Pruner).

    Source: the code of "Self-Aligned Reward", arXiv:2509.05489.
    """

    kind: ClassVar[str] = "relative-length"
    mixes: ClassVar[bool] = True

    weight: float = 1.0
    """Most that a response gains or loses."""

    def __post_init__(self) -> None:
        _check_weight(self.weight)

    def __call__(self, group: Sequence[Paid], surprise_of: SurpriseOf) -> list[Reward]:
        """The rewards with the bonus; the mean is over the valid samples."""
        lengths = [sample.rollout.policy_tokens for sample in group if sample.reward.valid]
        term = RelativeLength(mean_tokens=fmean(lengths) if lengths else 0.0)
        return [sample.reward.plus(self.kind, self.weight * term(sample.rollout.policy_tokens)) for sample in group]


@dataclass(frozen=True, kw_only=True, slots=True)
class EfficientReasoningPenalty:
    """Takes from right responses that are longer than the other right ones of their group, and pays shorter ones.

    Source: the ER penalty in the code of "Self-Aligned Reward", arXiv:2509.05489.
    """

    kind: ClassVar[str] = "efficient-reasoning"
    mixes: ClassVar[bool] = True

    weight: float = 1.0
    """Most that a right response gains or loses."""

    def __post_init__(self) -> None:
        _check_weight(self.weight)

    def __call__(self, group: Sequence[Paid], surprise_of: SurpriseOf) -> list[Reward]:
        """The rewards with the penalty; right is what was observed with a full score."""
        lengths = [sample.rollout.policy_tokens for sample in group if sample.observed >= 1.0]
        if not lengths:
            return [sample.reward for sample in group]
        term = EfficientReasoning(mean_tokens=fmean(lengths), std_tokens=pstdev(lengths))
        return [
            sample.reward.plus(
                self.kind, self.weight * term(sample.rollout.policy_tokens, correct=float(sample.observed >= 1.0))
            )
            for sample in group
        ]


class LengthUnit(StrEnum):
    """What an episode's length is counted in."""

    TOKENS = "tokens"
    TURNS = "turns"


@dataclass(frozen=True, kw_only=True, slots=True)
class LongHorizonPenalty:
    """Takes up to 1 from episodes that use up nearly all they may.

    Source: as `palestra.verifiers.rewards.LongHorizon`.
    """

    kind: ClassVar[str] = "long-horizon"
    mixes: ClassVar[bool] = True

    free: float
    """Length up to which nothing is taken."""
    cap: float
    """The longest length that an episode can have."""
    unit: LengthUnit = LengthUnit.TURNS
    """turns or tokens."""

    def __post_init__(self) -> None:
        self._term()

    def __call__(self, group: Sequence[Paid], surprise_of: SurpriseOf) -> list[Reward]:
        """The rewards with the penalty."""
        return [sample.reward.plus(self.kind, self._term()(self._length(sample))) for sample in group]

    def _term(self) -> LongHorizon:
        return LongHorizon(free=self.free, cap=self.cap)

    def _length(self, sample: Paid) -> int:
        rollout = sample.rollout
        return len(rollout.responses) if self.unit is LengthUnit.TURNS else rollout.policy_tokens


def _check_weight(weight: float) -> None:
    if not 0.0 <= weight < math.inf:
        raise ValueError(f"weight must be 0 or more and finite, got {weight}")
