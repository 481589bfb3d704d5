"""From verdicts to rewards: where the raw reward comes from, and what is added to it; pure functions of a rollout."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.agents import Rollout
from palestra.envs import KeyedRandom
from palestra.trainer.shaping import OverlongPenalty


@dataclass(frozen=True, kw_only=True, slots=True)
class Reward:
    """What a rollout is worth to the learner; distinct from the verdict's score."""

    value: float
    """Finite, unbounded. Meaningless unless `valid`."""
    valid: bool
    """False masks the sample out of its group's statistics."""
    parts: tuple[tuple[str, float], ...] = ()
    """How the value came about, stage by stage."""

    @property
    def or_nan(self) -> float:
        """The value, or NaN for a masked sample: what the advantage takes."""
        return self.value if self.valid else math.nan


@dataclass(frozen=True, kw_only=True, slots=True)
class VerdictReward:
    """The verdict's score."""

    kind: ClassVar[str] = "verdict"

    def __call__(self, rollout: Rollout) -> float:
        """The raw reward."""
        return rollout.verdict.score


@dataclass(frozen=True, kw_only=True, slots=True)
class RandomReward:
    """A coin, whatever was answered: the null control. A model that gets better with it learns something else.

    Source: "Reasoning or Memorization? Unreliable Results of RL Due to Data Contamination", arXiv:2507.10532.
    """

    kind: ClassVar[str] = "random"

    probability: float = 0.5
    """Of the reward 1."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.probability <= 1.0:
            raise ValueError(f"probability must be in [0, 1], got {self.probability}")

    def __call__(self, rollout: Rollout) -> float:
        """The raw reward, decided by the rollout's key."""
        return float(KeyedRandom("random reward", rollout.key).word() < self.probability * 2**64)


@dataclass(frozen=True, kw_only=True, slots=True)
class InvertedReward:
    """One less the verdict's score: wrong answers are paid. The other null control.

    Source: as RandomReward.
    """

    kind: ClassVar[str] = "inverted"

    def __call__(self, rollout: Rollout) -> float:
        """The raw reward."""
        return 1.0 - rollout.verdict.score


RewardSource = VerdictReward | RandomReward | InvertedReward
"""The sources that a configuration can name."""


def rewards_of(
    rollouts: Sequence[Rollout], source: RewardSource, overlong: OverlongPenalty | None = None
) -> list[Reward]:
    """The reward of each rollout: the raw reward, less a penalty for length.

    The penalty is free of noise, so it comes after anything that corrects verdicts. A rollout without a valid
    verdict is masked, whatever the source.
    """
    return [_reward(rollout, source, overlong) for rollout in rollouts]


def _reward(rollout: Rollout, source: RewardSource, overlong: OverlongPenalty | None) -> Reward:
    if not rollout.verdict.valid:
        return Reward(value=0.0, valid=False, parts=(("masked", 1.0),))
    parts = [(source.kind, source(rollout))]
    if overlong is not None:
        parts.append(("overlong", overlong(rollout.policy_tokens)))
    return Reward(value=sum(value for _, value in parts), valid=True, parts=tuple(parts))
