"""Thinking on request: the system prompt says whether to think, and the response must do as it was told.

Covered: one or several turns; a block that is never closed, opened twice or empty; text before the block.
Not covered: whether the thinking has anything to do with the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.agents import Rollout
from palestra.envs import Task
from palestra.trainer.shaping.paid import Paid, SurpriseOf
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.rewards import Reward

_OPEN, _CLOSE = "<think>", "</think>"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reasoning:
    """A share of the tasks asks for thinking in a `<think>` block, the others forbid it.

    All samples of a task are asked alike, so that a group compares like with like. A sample that does not do as it
    was told is paid 0, whatever it answered.

    Source: the toggle of "Llama-Nemotron", arXiv:2505.00949, section 4; the share and the check are ours.
    """

    kind: ClassVar[str] = "reasoning"
    mixes: ClassVar[bool] = True
    is_additive: ClassVar[bool] = False

    share: float = 0.5
    """Share of the training tasks that ask for thinking; evaluation asks each task both ways."""
    on: str = "detailed thinking on"
    """What the system prompt says to have the policy think; behind the environment's own."""
    off: str = "detailed thinking off"
    """What it says to have it answer at once."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.share <= 1.0:
            raise ValueError(f"share must be in [0, 1], got {self.share}")
        if not all(len(text.splitlines()) == 1 for text in (self.on, self.off)) or self.on == self.off:
            raise ValueError(f"on and off must be two different lines, got `{self.on}` and `{self.off}`")

    def asks(self, task: Task) -> bool:
        """Whether a training task asks for thinking: decided by the task alone."""
        return KeyedRandom("reasoning", str(task.id)).share() < self.share

    def system_prompt(self, own: str, *, thinks: bool) -> str:
        """The system prompt of a task that has one of its own, or none."""
        return "\n".join(filter(None, (own, self.on if thinks else self.off)))

    def obeys(self, rollout: Rollout) -> bool:
        """Whether every response of a rollout thinks as its system prompt said; one that said nothing is obeyed."""
        lines = rollout.system.splitlines()
        if self.on in lines:
            return all(map(thinks_first, rollout.responses))
        return self.off not in lines or all(map(thinks_nowhere, rollout.responses))

    def __call__(self, group: Sequence[Paid], surprise_of: SurpriseOf) -> list[Reward]:
        """The rewards, those of samples that did not obey at most 0."""
        return [
            sample.reward
            if self.obeys(sample.rollout)
            else sample.reward.then(self.kind, lambda value: min(value, 0.0))
            for sample in group
        ]


def thinks_first(response: str) -> bool:
    """Whether a response is one block of thinking that says something, and an answer behind it."""
    before, opened, rest = response.partition(_OPEN)
    thinking, closed, answer = rest.partition(_CLOSE)
    is_one = _OPEN not in rest and _CLOSE not in answer
    return bool(opened and closed and is_one and not before.strip() and thinking.strip() and answer.strip())


def thinks_nowhere(response: str) -> bool:
    """Whether a response has no mark of thinking."""
    return _OPEN not in response and _CLOSE not in response
