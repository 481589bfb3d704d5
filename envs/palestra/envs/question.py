"""Families of one question and one answer."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from palestra.envs.family import ConfigT, Content, Family, KeyT
from palestra.envs.single_turn import SingleTurnEnv
from palestra.envs.task import Split, Task
from palestra.verifiers import Verifier
from palestra.verifiers.keyed_random import KeyedRandom


class Question(Family[ConfigT, KeyT]):
    """A family whose tasks are judged by one response."""

    verifier: ClassVar[Verifier[Any]]
    """Judges a response against a task's reference."""
    floor: ClassVar[float] = 0.0
    """What the best constant answer earns on average: 0.5 for yes or no, 0 where answers hardly ever repeat."""
    is_free_text: ClassVar[bool] = False
    """Whether any text that fulfils what is asked is right, whatever else it says: then mentions are no cheat."""

    def oracle(self, task: Task) -> str:
        """A response that the verifier gives 1; the reference itself unless a family says otherwise."""
        return task.reference

    @abstractmethod
    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A well-formed response drawn from the task's answer space without solving it."""

    def hacks(self, task: Task) -> tuple[str, ...]:
        """Wrong responses that a careless verifier of this very family would pay; the audit tries them all."""
        return ()

    def unsolvable(self, key: KeyT, rng: KeyedRandom) -> Content | None:
        """A twin of the key's task that is proven to have no answer and looks alike; None where there is none."""
        return None

    def env(self, *, split: Split = "train", system_prompt: str = "", render_mode: str | None = None) -> SingleTurnEnv:
        """An environment of these tasks."""
        return SingleTurnEnv(self, split=split, system_prompt=system_prompt, render_mode=render_mode)
