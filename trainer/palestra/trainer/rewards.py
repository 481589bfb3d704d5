"""From verdicts to rewards: where the raw reward comes from, and what is added to it; pure functions of a rollout."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import ClassVar

from palestra.agents import Rollout
from palestra.envs import EndReason, KeyedRandom
from palestra.trainer.turn_rewards import GatedTurns, SummedTurns, TurnRewards
from palestra.verifiers.rewards import Overlong, Reward


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoredRollout:
    """A rollout with what it is worth to the learner."""

    rollout: Rollout
    reward: Reward
    """Distinct from the verdict's score; with the stages that it came through."""
    gated: float = math.nan
    """The raw reward as it is behind the gate of the turns' rewards, whichever of the two is paid."""
    ungated: float = math.nan
    """The raw reward as the plain sum."""
    credits: tuple[float, ...] = ()
    """What counts of each turn's own components; empty where turns have none."""
    components: Mapping[str, float] = field(default_factory=dict, hash=False)
    """Rewards of several objectives by name, where the reward has some."""

    @property
    def outcome(self) -> float:
        """The verdict's score; NaN for a masked sample."""
        return self.rollout.verdict.score if self.reward.valid else math.nan


@dataclass(frozen=True, kw_only=True, slots=True)
class VerdictReward:
    """The verdict's score, and what the turns add to it."""

    kind: ClassVar[str] = "verdict"

    turns: TurnRewards = field(default_factory=GatedTurns)
    """Rewards of turns, where the environment gives them: gated, summed or off."""
    masked_ends: tuple[EndReason, ...] = ()
    """Ends of episodes whose samples are left out of training, e.g. max_turns."""

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
    rollouts: Sequence[Rollout], source: RewardSource, overlong: Overlong | None = None
) -> list[ScoredRollout]:
    """The reward of each rollout: the raw reward, what its turns add, less a penalty for length.

    The penalty is free of noise, so it comes after anything that corrects verdicts. A rollout without a valid
    verdict is masked, whatever the source.
    """
    gaps = _outcome_gaps(rollouts)
    return [_reward(rollout, source, overlong, gaps.get(str(rollout.task.id), 1.0)) for rollout in rollouts]


def _reward(rollout: Rollout, source: RewardSource, overlong: Overlong | None, gap: float) -> ScoredRollout:
    is_left_out = isinstance(source, VerdictReward) and rollout.end in source.masked_ends
    if not rollout.verdict.valid or is_left_out:
        reason = f"end of the episode: {rollout.end}" if is_left_out else str(rollout.verdict.outcome)
        return ScoredRollout(rollout=rollout, reward=Reward.masked(reason))
    raw = source(rollout)
    reward, gated, ungated = Reward(value=raw, parts=((source.kind, raw),)), raw, raw
    credits: tuple[float, ...] = ()
    if isinstance(source, VerdictReward) and (settled := source.turns.settle(rollout, gap)) is not None:
        gated, ungated = settled.reward.value, settled.ungated.value
        is_gated = not isinstance(source.turns, SummedTurns)
        credits = settled.turn_credits if is_gated else settled.ungated_turn_credits
        reward = reward.plus("turns", source.turns.value(settled) - raw)
    if overlong is not None:
        reward = reward.plus("overlong", overlong(rollout.policy_tokens))
    return ScoredRollout(rollout=rollout, reward=reward, gated=gated, ungated=ungated, credits=credits)


def _outcome_gaps(rollouts: Sequence[Rollout]) -> dict[str, float]:
    """The smallest difference of two outcomes of each task."""
    scores: dict[str, set[float]] = {}
    for rollout in rollouts:
        if rollout.verdict.valid:
            scores.setdefault(str(rollout.task.id), set()).add(rollout.verdict.score)
    return {task: min((b - a for a, b in pairwise(sorted(found))), default=1.0) for task, found in scores.items()}
