"""Duration-aware updates: an action counts as long as it took."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from torch import Tensor

from palestra.agents import Rollout
from palestra.trainer.advantages import Estimator
from palestra.trainer.credit.dense_turns import DenseTurns
from palestra.trainer.credit.turn_returns import TurnReturns
from palestra.trainer.credit.whole_response import WholeResponse
from palestra.trainer.rewards import ScoredRollout


@dataclass(frozen=True, kw_only=True, slots=True)
class DurationWeighted:
    """Each turn's advantage times its seconds, relative to the mean turn of the step.

    Quick actions come to learners that wait for nothing more often than slow ones; the weight undoes that. Seconds
    are those of the policy and of the environment as the rollout has them, without waiting. They are measured by a
    clock: two runs of one configuration, or a run and its resumed twin, are not alike to the bit. From the same file
    of rollouts they are.

    Source: "Reinforcement Learning for Machine Learning Engineering Agents", arXiv:2509.01684, section 4.1.
    """

    kind: ClassVar[str] = "duration-weighted"

    of: WholeResponse | TurnReturns | DenseTurns = field(default_factory=WholeResponse)
    """Credit that is weighted: whole, turn-returns or dense-turns."""
    max_weight: float = 10.0
    """Largest weight: one command that hangs is no lesson."""

    def __post_init__(self) -> None:
        if not 0.0 < self.max_weight < math.inf:
            raise ValueError(f"max_weight must be positive and finite, got {self.max_weight}")

    def __call__(
        self, groups: Sequence[Sequence[ScoredRollout]], advantages_PG: Tensor, estimate: Estimator
    ) -> list[list[tuple[float, ...]]]:
        """Advantages by group, rollout and turn.

        Args:
            groups: The step's rollouts; a group may have fewer than G.
            advantages_PG: One for each rollout.
            estimate: Gives advantages to groups of other rewards.
        """
        seconds = [[_seconds(scored.rollout) for scored in group] for group in groups]
        counted = [
            value
            for group, of_group in zip(groups, seconds, strict=True)
            for scored, of_rollout in zip(group, of_group, strict=True)
            if scored.reward.valid
            for value in of_rollout
        ]
        mean = math.fsum(counted) / max(1, len(counted))
        return [
            [
                self._weighted(of_turns, of_rollout, mean)
                for of_turns, of_rollout in zip(of_group, of_rollouts, strict=True)
            ]
            for of_group, of_rollouts in zip(self.of(groups, advantages_PG, estimate), seconds, strict=True)
        ]

    def _weighted(self, advantages: tuple[float, ...], seconds: list[float], mean: float) -> tuple[float, ...]:
        if not seconds or mean <= 0.0:
            return advantages
        if len(advantages) == 1:
            advantages *= len(seconds)
        weights = duration_weights(seconds, mean, self.max_weight)
        return tuple(weight * advantage for weight, advantage in zip(weights, advantages, strict=True))


def duration_weights(seconds: Sequence[float], mean: float, max_weight: float) -> list[float]:
    """Seconds by their mean over the step, cut at the largest weight.

    >>> duration_weights([1, 3, 8], mean=4, max_weight=10)
    [0.25, 0.75, 2.0]
    """
    return [min(value / mean, max_weight) for value in seconds]


def _seconds(rollout: Rollout) -> list[float]:
    return [turn.model_s + turn.tool_s for turn in rollout.turns]
