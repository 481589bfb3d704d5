"""From verdicts to rewards: each stage a pure function of a rollout."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from palestra.agents import Rollout
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


def rewards_of(rollouts: Sequence[Rollout], overlong: OverlongPenalty | None = None) -> list[Reward]:
    """The reward of each rollout: the verdict's score, less a penalty for length.

    The penalty is free of noise, so it comes after anything that corrects verdicts.
    """
    return [_reward(rollout, overlong) for rollout in rollouts]


def _reward(rollout: Rollout, overlong: OverlongPenalty | None) -> Reward:
    verdict = rollout.verdict
    if not verdict.valid:
        return Reward(value=0.0, valid=False, parts=(("masked", 1.0),))
    parts = [("score", verdict.score)]
    if overlong is not None:
        parts.append(("overlong", overlong(rollout.policy_tokens)))
    return Reward(value=sum(value for _, value in parts), valid=True, parts=tuple(parts))
