"""The members of a mixture, what is drawn from them, and the contract of all samplers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from palestra.envs.curriculum.weights import Steady, Weight
from palestra.envs.source import TaskSource
from palestra.envs.table import ENVS
from palestra.envs.task import Scalar, Split, Task
from palestra.envs.text_env import TextEnv


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One environment of a mixture."""

    env: str
    """Id of the environment."""
    config: Mapping[str, Scalar] = field(default_factory=dict, hash=False)
    """Options of its task family."""
    weight: Weight = field(default_factory=Steady)
    """How often it is drawn, in proportion to the others."""

    def make(self, *, split: Split = "train", system_prompt: str = "") -> TextEnv:
        """A new environment of this member.

        Raises:
            UnknownEnvError: There is no such environment.
            ConfigError: The options do not fit it.
        """
        return ENVS.make(self.env, split=split, system_prompt=system_prompt, config=self.config)

    def source(self) -> TaskSource:
        """Its tasks."""
        return self.make().source


@dataclass(frozen=True, kw_only=True, slots=True)
class Draw:
    """A task that was drawn: `env = draw.member.make()`, then `env.reset(options={"task_id": str(draw.task.id)})`."""

    cell: int
    """Which part of the sampler's pool it comes from."""
    member: Member
    task: Task


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupResult:
    """What became of the responses to a draw."""

    draw: Draw
    scores: tuple[float, ...]
    """Scores in 0..1 of the valid responses; invalid ones say nothing about the task and are left out."""
    tokens: int
    """Tokens that the policy wrote for all responses of the group, valid or not."""


class TaskSampler(Protocol):
    """Draws tasks, learns from results, and can be put back to where it was."""

    def draw(self, step: int, count: int) -> list[Draw]:
        """The tasks of a training step, 1, 2, ...: decided by seed, step and what was recorded."""
        ...

    def record(self, results: Sequence[GroupResult]) -> None:
        """Take note of what became of a step's draws; call it once for each step."""
        ...

    def state(self) -> dict[str, object]:
        """What `restore` needs to go on exactly here; JSON."""
        ...

    def restore(self, state: Mapping[str, object]) -> None:
        """Go on from a state that this sampler, or an equal one, returned.

        Raises:
            ValueError: The state is that of another sampler.
        """
        ...


class Rounds:
    """Keys of the draws of a step: the second time that a step draws, it must not draw the same members again."""

    def __init__(self) -> None:
        self._step, self._round = 0, 0

    def key(self, step: int) -> tuple[int, ...]:
        """The end of the key of the next draw; empty for the first of a step, as a resumed run begins it."""
        self._round = self._round + 1 if step == self._step else 0
        self._step = step
        return (self._round,) if self._round else ()


def drawn_by_weight(weights: Sequence[float], share: float) -> int:
    """The position at which a share in [0, 1) of the total weight is used up.

    Raises:
        ValueError: No weight is positive.
    """
    total = sum(weights)
    if not total > 0:
        raise ValueError("nothing to draw from: every weight is 0")
    rest = share * total
    last = 0
    for position, weight in enumerate(weights):
        if weight > 0:
            last = position
            if rest < weight:
                break
            rest -= weight
    return last
