"""The contract of operators: tasks derived from other tasks, with the verifier that judges them."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Self

from palestra.envs.errors import ConfigError, TaskIdError
from palestra.envs.operators.spec import (
    difficulty_of,
    floor_of,
    harder_or_easier,
    read_spec,
    write_spec,
)
from palestra.envs.question import Question
from palestra.envs.single_turn import SingleTurnEnv
from palestra.envs.source import QuestionSource, check_split
from palestra.envs.task import Scalar, Split, Task, TaskId
from palestra.envs.text_env import TextEnv
from palestra.verifiers import Verifier
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.nearest import did_you_mean


@dataclass(frozen=True, slots=True)
class Named:
    """Makes the source that stands in a field where none is given: `field(default_factory=Named("palestra/..."))`."""

    spec: str

    def __call__(self) -> QuestionSource:
        """A new source."""
        return read_spec(self.spec)


@dataclass(frozen=True, kw_only=True)
class Operator(ABC):
    """A source of questions that are made of other sources' questions.

    The fields are the options: sources (declared with `Named`; a spec such as
    `palestra/ChainSum-v1?num_terms=3` where the table makes the operator) and scalars with defaults.
    A task takes the split of the tasks that it is made of, so what was apart stays apart.
    """

    id: ClassVar[str]
    """The environment id with its version."""

    def __post_init__(self) -> None:
        self.check()

    def check(self) -> None:  # noqa: B027  most have nothing to check
        """Check the options.

        Raises:
            ConfigError: Options do not go together, or not with the sources.
        """

    @abstractmethod
    def derive(self, place: TaskId, rng: KeyedRandom) -> Task:
        """The task at a place (a split, a seed and an index); the caller replaces its id."""

    @property
    @abstractmethod
    def verifier(self) -> Verifier[Any]:
        """Judges a response against a task's reference."""

    @abstractmethod
    def solve(self, task: Task) -> str:
        """A response that the verifier gives 1, to a task of exactly these options."""

    @abstractmethod
    def propose(self, task: Task, rng: KeyedRandom) -> str:
        """A well-formed response without thought, to a task of exactly these options."""

    @property
    def floor(self) -> float:
        """What the best constant answer earns."""
        return max(floor_of(source) for source in self.sources().values())

    @property
    def is_free_text(self) -> bool:
        """Whether any text that fulfils what is asked is right, whatever else it says."""
        return any(getattr(source, "is_free_text", False) for source in self.sources().values())

    def symbols(self, task: Task) -> tuple[str, ...]:
        """Whole words of the prompt that may be renamed."""
        return ()

    @classmethod
    def configured(cls, options: Mapping[str, Scalar]) -> Self:
        """The operator with these options; `difficulty` is that of all sources.

        Raises:
            ConfigError: An option is unknown, has another type, or is out of range.
            UnknownEnvError: A spec names no environment.
        """
        rest = dict(options)
        difficulty = rest.pop("difficulty", None)
        operator = cls(**{name: cls._value(name, value) for name, value in rest.items()})
        if difficulty is None:
            return operator
        if type(difficulty) not in (int, float):
            raise ConfigError(f"option `difficulty` must be of type float, got {difficulty!r:.80}")
        return operator.with_difficulty(float(difficulty))

    def sources(self) -> dict[str, QuestionSource]:
        """What the tasks are made of, by the names of the options."""
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if isinstance(f.default_factory, Named)}

    def chosen(self) -> dict[str, Scalar]:
        """The options that differ from the defaults, and all sources: enough to make this operator again."""
        return dict(self._chosen)

    @cached_property
    def _chosen(self) -> dict[str, Scalar]:
        sources = self.sources()
        difficulties = {difficulty_of(source) for source in sources.values()}
        (shared,) = difficulties if len(difficulties) == 1 else (None,)
        options: dict[str, Scalar] = {} if shared is None else {"difficulty": shared}
        for f in dataclasses.fields(self):
            if f.name in sources:
                options[f.name] = write_spec(sources[f.name], with_difficulty=shared is None)
            elif getattr(self, f.name) != f.default:
                options[f.name] = getattr(self, f.name)
        return options

    def with_difficulty(self, difficulty: float) -> Self:
        """The same operator over sources of another difficulty.

        Raises:
            ConfigError: A source has no such difficulty.
        """
        return replace(self, **{name: harder_or_easier(source, difficulty) for name, source in self.sources().items()})

    def task(self, split: Split, seed: int, index: int) -> Task:
        """The task number `index` of stream `seed`.

        Raises:
            EmptySplitError: The sources have no task in the split.
        """
        check_split(split)
        place = TaskId(source=self.id, split=split, seed=seed, index=index, config=self.chosen())
        rng = KeyedRandom(self.id, str(place))
        return replace(self.derive(place, rng), id=place)

    def regenerate(self, task_id: TaskId) -> Task:
        """The task that an id names, made again (with the id's own options).

        Raises:
            TaskIdError: The id belongs to another source.
        """
        return self._of(task_id).task(task_id.split, task_id.seed, task_id.index)

    def oracle(self, task: Task) -> str:
        """A response that the verifier gives 1."""
        return self._of(task.id).solve(task)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A well-formed response drawn from the task's answer space without solving it."""
        return self._of(task.id).propose(task, rng)

    def env(self, *, split: Split = "train", system_prompt: str = "", render_mode: str | None = None) -> TextEnv:
        """An environment of these tasks."""
        return SingleTurnEnv(self, split=split, system_prompt=system_prompt, render_mode=render_mode)

    def _of(self, task_id: TaskId) -> Self:
        """The operator of a task's own options: this one wherever it can be, for sources that no table knows."""
        if task_id.source != self.id:
            raise TaskIdError(f"task id of `{task_id.source}` given to `{self.id}`")
        if task_id.config == (mine := self.chosen()):
            return self
        difficulty = task_id.config.get("difficulty")
        if isinstance(difficulty, float) and {**task_id.config, "difficulty": 0} == {**mine, "difficulty": 0}:
            return self.with_difficulty(difficulty)
        return self.configured(task_id.config)

    @classmethod
    def _value(cls, name: str, value: Scalar) -> object:
        fields = {f.name: f for f in dataclasses.fields(cls)}
        if name not in fields:
            guess = did_you_mean(name, [*fields, "difficulty", "split", "system_prompt"])
            raise ConfigError(f"no option `{name}`{guess}\n\nhint: the options are difficulty, {', '.join(fields)}")
        wanted = str if isinstance(fields[name].default_factory, Named) else type(fields[name].default)
        if type(value) is not wanted and not (wanted is float and type(value) is int):
            raise ConfigError(f"option `{name}` must be of type {wanted.__name__}, got {value!r:.80}")
        return read_spec(str(value)) if isinstance(fields[name].default_factory, Named) else value


@dataclass(frozen=True, kw_only=True)
class Rewording(Operator):
    """An operator over one source whose tasks keep their answers: the source's verifier judges as before."""

    inner: QuestionSource

    @abstractmethod
    def reword(self, task: Task, rng: KeyedRandom) -> str:
        """The prompt in place of that of the source's task."""

    def derive(self, place: TaskId, rng: KeyedRandom) -> Task:
        """The source's task at the same place, with another prompt."""
        task = self.inner_task(place)
        return replace(task, prompt=self.reword(task, rng))

    @property
    def verifier(self) -> Verifier[Any]:
        """That of the source."""
        return self.inner.verifier

    def solve(self, task: Task) -> str:
        """What solves the source's task."""
        return self.inner.oracle(self.inner_task(task.id))

    def propose(self, task: Task, rng: KeyedRandom) -> str:
        """A guess at the source's task."""
        return self.inner.guess(self.inner_task(task.id), rng)

    def inner_task(self, place: TaskId) -> Task:
        """The source's task at the same place of its stream."""
        return self.inner.task(place.split, place.seed, place.index)


def answer_format_of(source: QuestionSource) -> str:
    """The last part of every prompt of the source, which says how to answer; empty where none is known."""
    if isinstance(source, Question):
        return source.answer_format
    return answer_format_of(source.inner) if isinstance(source, Rewording) else ""


def without_format(prompt: str, source: QuestionSource) -> tuple[str, str]:
    """The prompt of a source's task in two: the question, and how to answer it (empty where that is not known)."""
    answer_format = answer_format_of(source)
    if answer_format and prompt.endswith(f"\n{answer_format}"):
        return prompt.removesuffix(f"\n{answer_format}"), answer_format
    return prompt, ""


def symbols_of(source: QuestionSource, task: Task) -> tuple[str, ...]:
    """Whole words of the prompt of the source's task that may be renamed."""
    if isinstance(source, Question):
        content = source.drawn(task.id.split, task.id.seed, task.id.index).content
        return content.symbols
    return source.symbols(task) if isinstance(source, Operator) else ()
