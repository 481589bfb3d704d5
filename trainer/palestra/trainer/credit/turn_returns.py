"""Credit to the turns that earned it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from palestra.trainer.advantages import Estimator
from palestra.trainer.credit.turn_advantages import outcome_of, turn_advantages
from palestra.trainer.rewards import ScoredRollout


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnReturns:
    """A turn's advantage is that of what was earned from it on: the turns' credits, and the outcome at the end.

    Credits are those that the reward counts, so behind a gate if `reward.turns` has one. With gamma 1 the first turn
    has the advantage of the whole reward. A turn is compared with the same turn of the group's rollouts that came as
    far, and takes the rollout's own advantage where none did.

    Source: turns as actions: "A Practitioner's Guide to Multi-turn Agentic Reinforcement Learning",
    arXiv:2510.01132, section 3; gated credits: "Gated reward accumulation", arXiv:2508.10548; the comparison by turn
    index is ours.
    """

    kind: ClassVar[str] = "turn-returns"

    gamma: float = 1.0
    """Discount for each turn of delay."""

    def __post_init__(self) -> None:
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
        payments = [[_payments(scored) for scored in group] for group in groups]
        return turn_advantages(groups, payments, self.gamma, advantages_PG, estimate)


def _payments(scored: ScoredRollout) -> list[float]:
    if not scored.reward.valid:
        return []
    payments = list(scored.credits) or [0.0] * max(1, len(scored.rollout.turns))
    payments[-1] += outcome_of(scored)
    return payments
