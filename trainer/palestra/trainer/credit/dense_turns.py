"""Dense credit: the turns' rewards in the place of the outcome."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from palestra.trainer.advantages import Estimator
from palestra.trainer.credit.turn_advantages import outcome_of, turn_advantages
from palestra.trainer.rewards import ScoredRollout


@dataclass(frozen=True, kw_only=True, slots=True)
class DenseTurns:
    """Turns are paid their rewards: divided by how many earned any if the episode was won, else by all there is.

    So a won episode is paid about 1 in all, whatever its length, and a lost one its share. Nothing gates what lost
    episodes earn: only for turn rewards that are verified, such as the share of tests that pass. Comparison is that
    of `turn-returns`. Where the reward has no credits of turns, the outcome is paid at the end.

    Source: "A Practitioner's Guide to Multi-turn Agentic Reinforcement Learning", arXiv:2510.01132, and its code
    (dense mode).
    """

    kind: ClassVar[str] = "dense-turns"

    max_total: float
    """Most that the turns of an episode can earn together."""
    gamma: float = 1.0
    """Discount for each turn of delay."""
    won_above: float = 0.5
    """What the outcome must be worth for the episode to be won."""

    def __post_init__(self) -> None:
        if not 0.0 < self.max_total < math.inf:
            raise ValueError(f"max_total must be positive and finite, got {self.max_total}")
        if not 0.0 <= self.gamma <= 1.0:
            raise ValueError(f"gamma must be in [0, 1], got {self.gamma}")

    def __call__(
        self, groups: Sequence[Sequence[ScoredRollout]], advantages_PG: Tensor, estimate: Estimator
    ) -> list[list[tuple[float, ...]]]:
        """Advantages by group, rollout and turn.

        Args:
            groups: The step's rollouts; a group may have fewer than G.
            advantages_PG: One for each rollout.
            estimate: Gives advantages to what was earned from a turn on.
        """
        payments = [[self._payments(scored) for scored in group] for group in groups]
        return turn_advantages(groups, payments, self.gamma, advantages_PG, estimate)

    def _payments(self, scored: ScoredRollout) -> list[float]:
        if not scored.reward.valid:
            return []
        outcome, turns = outcome_of(scored), scored.rollout.turns
        earned = [math.fsum(turn.components.values()) for turn in turns] if scored.credits else []
        is_won = outcome > self.won_above
        if not earned or (is_won and not any(earned)):
            return [0.0] * (len(turns) - 1) + [outcome]
        return dense_rewards(earned, is_won=is_won, max_total=self.max_total)


def dense_rewards(earned: Sequence[float], *, is_won: bool, max_total: float) -> list[float]:
    """What each turn is paid.

    >>> [round(reward, 3) for reward in dense_rewards([1, 1, 0, 1], is_won=True, max_total=5)]
    [0.333, 0.333, 0.0, 0.333]
    >>> dense_rewards([1, 1, 0, 1], is_won=False, max_total=5)
    [0.2, 0.2, 0.0, 0.2]
    """
    divisor = float(max(1, sum(reward != 0.0 for reward in earned))) if is_won else max_total
    return [reward / divisor for reward in earned]
