"""Procedural task families: an own random stream for each task, and splits that cannot overlap."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Self, TypeVar

from palestra.envs.config import FamilyConfig
from palestra.envs.errors import EmptySplitError, TaskIdError
from palestra.envs.source import check_split
from palestra.envs.task import Scalar, Split, Task, TaskId
from palestra.envs.text_env import TextEnv
from palestra.verifiers.keyed_random import KeyedRandom, key_start, stable_hash

_TRAIN_SHARE, _VALIDATION_SHARE = 80, 10  # per cent; the test split has the rest
_UNSEEN_COMPOSITIONS = 15  # per cent of the compositions, kept for their own split
_HARDER_BY = 0.25
_MAX_DRAWS = 4096  # a split of 10% is missed that often with probability 1e-187, unless it holds no task

ConfigT = TypeVar("ConfigT", bound=FamilyConfig)
KeyT = TypeVar("KeyT")


@dataclass(kw_only=True, slots=True)  # not frozen: that would double the time to make it, once for every task
class Content:
    """What a family makes of a key: everything of a task but its id and its wording. Nobody changes it."""

    slots: Mapping[str, str]
    """Texts for the slots of the family's templates."""
    reference: str
    """What the verifier, or the game, needs to know."""
    effort: float
    """The work that this very task asks for: steps of a solver or size of the object. Grows with the difficulty."""
    meta: Mapping[str, Scalar] = field(default_factory=dict)
    """Facts that are safe to show."""
    symbols: tuple[str, ...] = ()
    """Whole words of the prompt that may be renamed: people, variables, nodes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn(Generic[KeyT]):
    """What stands behind a task of a family."""

    family: Family[Any, KeyT]
    """At the difficulty of the task, which is higher in the split `unseen-difficulty`."""
    key: KeyT
    content: Content
    template: str
    puzzle: str
    """Hash of the key's canonical form."""


class Family(ABC, Generic[ConfigT, KeyT]):
    """A procedural task family; a subclass of `Question` or of `Game`.

    For each (configuration, split, seed, index) an independent stream draws a cheap *key*. A hash of
    its canonical form (80% train, 10% validation, 10% test; the same for every configuration, seed
    and index of the family) says to which split the key belongs; keys of other splits are drawn
    again. So one puzzle is never in two splits, whatever the seeds and difficulties. Indices are
    independent draws: a small family repeats tasks within a split, as often as chance has it
    (`palestra.envs.dataset` leaves repetitions out).

    Three more splits are out of distribution by construction. `unseen-template` words test puzzles with
    the last of the templates, which no other split uses. `unseen-difficulty` draws test puzzles at a
    difficulty higher by 0.25. `unseen-composition` has the keys whose composition (which parts are
    combined) a hash keeps out of every other split; families without compositions have no such split.
    """

    id: ClassVar[str]
    """The environment id with its version, e.g. `palestra/Countdown-v1`."""
    Config: ClassVar[type[Any]]
    """The configuration dataclass: a subclass of `FamilyConfig`."""
    templates: ClassVar[tuple[str, ...]]
    """Wordings with named slots, as for `str.format`: three or more. The last one is for `unseen-template` alone."""
    answer_format: ClassVar[str]
    """How to answer: one sentence or two, the last line of every prompt."""
    puzzles: ClassVar[str] = ""
    """Name of the set of puzzles (default: the id without its version). Families that show the same puzzles
    share it, so that a training puzzle of one is never a test of another."""

    def __init__(self, config: ConfigT | None = None) -> None:
        self.config: ConfigT = self.Config() if config is None else config
        self._chosen = self.config.chosen()
        # What the keys of all streams and of all hashes of this family begin with, encoded once.
        self._start = key_start(self.id, json.dumps(self._chosen, sort_keys=True))
        self._last_start: tuple[tuple[str, int] | None, bytes] = (None, b"")
        self._puzzles = key_start("puzzle", self.puzzle_set())
        self._compositions = key_start("composition", self.puzzle_set())

    @classmethod
    def configured(cls, options: Mapping[str, Scalar]) -> Self:
        """The family with these options of its configuration.

        Raises:
            ConfigError: An option is unknown, has another type, or is out of range.
        """
        return cls(cls.Config.read(options))

    def with_difficulty(self, difficulty: float) -> Self:
        """The same family at another difficulty in 0..1; parameters that were set stay set."""
        return self.configured({**self._chosen, "difficulty": difficulty})

    @abstractmethod
    def draw(self, rng: KeyedRandom) -> KeyT:
        """Draw what decides the task: cheap, since keys of other splits are thrown away."""

    def canonical(self, key: KeyT) -> str:
        """The same text for all keys that are the same puzzle (order of terms, names of people, ...)."""
        return repr(key)

    def composition(self, key: KeyT) -> str:
        """Which parts the puzzle combines, in canonical order; empty where nothing is combined."""
        return ""

    @abstractmethod
    def build(self, key: KeyT, rng: KeyedRandom) -> Content | None:
        """Make the task of a key; None when the key turns out to have none."""

    @abstractmethod
    def env(self, *, split: Split = "train", system_prompt: str = "", render_mode: str | None = None) -> TextEnv:
        """An environment of these tasks."""

    @classmethod
    def puzzle_set(cls) -> str:
        """Name of the set of puzzles: families that share it split it alike."""
        return cls.puzzles or cls.id.rpartition("-v")[0]

    def split_of(self, key: KeyT) -> Split:
        """The one split of train, validation, test and unseen-composition that may show this key."""
        return self._split_of(key, self._puzzle(key))

    def task(self, split: Split, seed: int, index: int) -> Task:
        """The task number `index` of stream `seed`.

        Raises:
            EmptySplitError: This configuration has no task in the split.
        """
        _, _, content, template, puzzle = self._drawn(split, seed, index)
        return Task(
            id=TaskId(source=self.id, split=split, seed=seed, index=index, config=self._chosen),
            prompt=self.worded(content, template),
            reference=content.reference,
            meta={**content.meta, "effort": content.effort},
            puzzle=puzzle,
        )

    def drawn(self, split: Split, seed: int, index: int) -> Drawn[KeyT]:
        """What the task number `index` of stream `seed` is made of: for operators that derive other tasks from it.

        Raises:
            EmptySplitError: This configuration has no task in the split.
        """
        family, key, content, template, puzzle = self._drawn(split, seed, index)
        return Drawn(family=family, key=key, content=content, template=template, puzzle=puzzle)

    def _drawn(self, split: Split, seed: int, index: int) -> tuple[Self, KeyT, Content, str, str]:
        """The fields of `Drawn`, as a tuple: each task needs them, and few need them together."""
        check_split(split)
        family = self._harder() if split == "unseen-difficulty" else self
        if split == "unseen-composition" and type(self).composition is Family.composition:
            raise EmptySplitError(f"`{self.id}` combines nothing: it has no split `{split}`")
        home: Split = "test" if split in ("unseen-difficulty", "unseen-template") else split
        rng = self._stream(split, seed, index)
        for _ in range(_MAX_DRAWS):
            key = family.draw(rng)
            puzzle = family._puzzle(key)
            if family._split_of(key, puzzle) == home and (content := family.build(key, rng)) is not None:
                return family, key, content, self._template(split, rng), f"{puzzle:016x}"
        raise EmptySplitError(
            f"`{self.id}` with {self._chosen} has no task in the split `{split}`\n\nhint: raise the difficulty"
        )

    def regenerate(self, task_id: TaskId) -> Task:
        """The task that an id names, made again (with the id's own configuration).

        Raises:
            TaskIdError: The id belongs to another source.
        """
        if task_id.source != self.id:
            raise TaskIdError(f"task id of `{task_id.source}` given to `{self.id}`")
        return self.configured(task_id.config).task(task_id.split, task_id.seed, task_id.index)

    def worded(self, content: Content, template: str) -> str:
        """The prompt: a template filled in, and how to answer."""
        return f"{template.format_map(content.slots)}\n{self.answer_format}"

    def _stream(self, split: Split, seed: int, index: int) -> KeyedRandom:
        last, start = self._last_start  # one tuple, so that threads never see a start with another split and seed
        if last != (split, seed):
            start = key_start(split, seed, start=self._start)
            self._last_start = ((split, seed), start)
        return KeyedRandom(index, start=start)

    def _template(self, split: Split, rng: KeyedRandom) -> str:
        last = len(self.templates) - 1
        return self.templates[last if split == "unseen-template" else rng.below(last)]

    def _split_of(self, key: KeyT, puzzle: int) -> Split:
        composition = self.composition(key)
        if composition and stable_hash(composition, start=self._compositions) % 100 < _UNSEEN_COMPOSITIONS:
            return "unseen-composition"
        percent = puzzle % 100
        if percent < _TRAIN_SHARE:
            return "train"
        return "validation" if percent < _TRAIN_SHARE + _VALIDATION_SHARE else "test"

    def _puzzle(self, key: KeyT) -> int:
        return stable_hash(self.canonical(key), start=self._puzzles)

    def _harder(self) -> Self:
        if self.config.difficulty > 1 - _HARDER_BY:
            raise EmptySplitError(
                f"`{self.id}` at difficulty {self.config.difficulty} has nothing harder by {_HARDER_BY}\n\n"
                f"hint: use a difficulty up to {1 - _HARDER_BY}"
            )
        return type(self)(self.config.harder(_HARDER_BY))
