"""Where tasks come from: the contract between an environment and its tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from palestra.envs.errors import TaskIdError
from palestra.envs.task import SPLITS, Split, Task, TaskId
from palestra.verifiers import Verifier
from palestra.verifiers.keyed_random import KeyedRandom


class TaskSource(Protocol):
    """Tasks by (split, seed, index)."""

    @property
    def id(self) -> str:
        """The environment id with its version, e.g. `palestra/Countdown-v1`."""
        ...

    def task(self, split: Split, seed: int, index: int) -> Task:
        """The task number `index` of stream `seed`; the same for ever."""
        ...

    def regenerate(self, task_id: TaskId) -> Task:
        """The task that an id names, made again."""
        ...

    def with_difficulty(self, difficulty: float) -> TaskSource:
        """The same source at another difficulty in 0..1.

        Raises:
            ConfigError: The source has no such difficulty.
        """
        ...


class QuestionSource(TaskSource, Protocol):
    """Tasks of one response each, with the verifier that judges it and answers of known quality."""

    @property
    def verifier(self) -> Verifier[Any]:
        """Judges a response against a task's reference."""
        ...

    def oracle(self, task: Task) -> str:
        """A response that the verifier gives 1."""
        ...

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A well-formed response drawn from the task's answer space without solving it."""
        ...


@runtime_checkable
class CheatSource(Protocol):
    """A task source that knows how its environment could be cheated."""

    def cheats(self, task: Task) -> Mapping[str, Sequence[str]]:
        """Policies that must earn nothing, by name: their responses in order."""
        ...


@runtime_checkable
class HackedSource(Protocol):
    """A source of questions that knows wrong responses which a careless verifier would pay."""

    def hacks(self, task: Task) -> tuple[str, ...]:
        """The responses, each a policy of its own."""
        ...


def check_split(split: str) -> None:
    """Check the name of a split.

    Raises:
        TaskIdError: There is no such split.
    """
    if split not in SPLITS:
        raise TaskIdError(f"no split `{split}`\n\nhint: one of {', '.join(SPLITS)}")
