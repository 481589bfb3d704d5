"""What a stage of shaping sees of a sample."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from palestra.agents import Rollout
from palestra.verifiers.rewards import AnswerSurprise, Reward


class Paid(Protocol):
    """A rollout with the reward of the stages so far."""

    @property
    def rollout(self) -> Rollout:
        """The rollout."""
        ...

    @property
    def reward(self) -> Reward:
        """Corrected for noise; masked samples stay as they are."""
        ...

    @property
    def observed(self) -> float:
        """The score of the verdict that paid; NaN for a masked sample."""
        ...


SurpriseOf = Callable[[Sequence[Rollout]], Sequence[AnswerSurprise | None]]
"""How unlikely the policy finds answers with and without their questions, in order; None where there is no answer."""


def no_surprise(rollouts: Sequence[Rollout]) -> list[AnswerSurprise | None]:
    """Where there is no policy to ask."""
    return [None] * len(rollouts)
