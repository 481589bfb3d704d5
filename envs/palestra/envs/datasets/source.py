"""A data set as a source of tasks."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from palestra.envs.datasets.config import LOCATION, ROW, DatasetConfig
from palestra.envs.datasets.example import Example, Prepare, verifier_of
from palestra.envs.datasets.named_verifier import NamedVerifier, named_reference
from palestra.envs.datasets.reading import local_files
from palestra.envs.datasets.report import LoadReport
from palestra.envs.datasets.store import MemoryStore, Store, StreamStore
from palestra.envs.errors import ConfigError, NoOracleError, TaskIdError
from palestra.envs.single_turn import SingleTurnEnv
from palestra.envs.source import check_split
from palestra.envs.task import Scalar, Split, Task, TaskId
from palestra.envs.text_env import TextEnv
from palestra.verifiers import Verifier
from palestra.verifiers.keyed_random import KeyedRandom

_OPEN_STORES = 8  # that are kept for environments of the same data
_LOCK = threading.Lock()
_PLAIN = DatasetConfig()


@dataclass(frozen=True, kw_only=True, slots=True)
class DataSet:
    """A kind of data: where it is by default, and how its columns become tasks. Its `configured` makes the source."""

    id: str
    """The environment id with its version, e.g. `palestra/GSM8K-v1`."""
    defaults: DatasetConfig = _PLAIN
    prepare: Prepare | None = None
    """Adds columns to a row where those of the data do not make a task."""
    url: str = ""
    """Where the data is described."""

    def configured(self, options: Mapping[str, Scalar]) -> DatasetSource:
        """The source with these options; no row is read yet.

        Raises:
            ConfigError: An option is unknown, has another type, or is out of range.
        """
        return DatasetSource(self, self.defaults.read(options))


class DatasetSource:
    """Tasks made of the rows of a data set; they are read when the first one is asked for, and kept.

    A seed is an order of the split's rows, in which each comes once before any comes again. A task id
    remembers the digest of its row: it regenerates the task from any copy of the data, in any order, and
    says so if the row has changed.
    """

    def __init__(self, kind: DataSet, config: DatasetConfig) -> None:
        self.kind = kind
        self.config = config
        self._chosen = config.chosen(kind.defaults)
        self._is_named = "{" in config.verifier
        self._verifier: Verifier[Any] = NamedVerifier() if self._is_named else verifier_of(config.verifier)

    @property
    def id(self) -> str:
        """The environment id with its version."""
        return self.kind.id

    @property
    def verifier(self) -> Verifier[Any]:
        """Judges a response against a task's reference."""
        return self._verifier

    def task(self, split: Split, seed: int, index: int) -> Task:
        """The task number `index` of stream `seed`.

        Raises:
            EmptySplitError: The data has no such split.
            DataError: The data cannot be read.
        """
        check_split(split)
        example = self._store.at(split, seed, index)
        config = {**self._chosen, ROW: example.digest}
        return self._task(TaskId(source=self.id, split=split, seed=seed, index=index, config=config), example)

    def regenerate(self, task_id: TaskId) -> Task:
        """The task that an id names, made again of its row.

        Raises:
            TaskIdError: The id belongs to another source, or the data no longer holds its row.
        """
        if task_id.source != self.id:
            raise TaskIdError(f"task id of `{task_id.source}` given to `{self.id}`")
        options = {name: value for name, value in task_id.config.items() if name != ROW}
        source = self if _what(options) == _what(self._chosen) else self.kind.configured(options)
        return source._task(task_id, source._example(task_id))

    def with_difficulty(self, difficulty: float) -> DatasetSource:
        """Not possible: rows are as hard as they are."""
        raise ConfigError(
            f"`{self.id}` has no difficulty\n\nhint: choose rows with `where`, e.g. where='level=Level 5'"
        )

    def oracle(self, task: Task) -> str:
        """The right answer, where the data has one.

        Raises:
            NoOracleError: The data names none.
        """
        answer = self._example(task.id).answer
        if answer is None:
            raise NoOracleError(
                f"`{self.id}` holds no right answer to `{task.id}`\n\nhint: name its column by `answer`"
            )
        return answer

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """The right answer to another question, where the data has answers."""
        return self._store.other_answer(rng, task.id.split) or "I do not know."

    def env(self, *, split: Split = "train", system_prompt: str = "", render_mode: str | None = None) -> DatasetEnv:
        """An environment of these tasks."""
        return DatasetEnv(self, split=split, system_prompt=system_prompt, render_mode=render_mode)

    def report(self, *, lint: bool = False) -> LoadReport:
        """How many rows make tasks, and why the others do not.

        Args:
            lint: Count also the golds that the verifier reads with a doubt.
        """
        return self._store.report(lint=lint)

    def __reduce__(self) -> tuple[type[DatasetSource], tuple[DataSet, DatasetConfig]]:
        return DatasetSource, (self.kind, self.config)

    @cached_property
    def _store(self) -> Store:
        files = local_files(self.config.path, self.config.name)
        files += local_files(self.config.against) if self.config.against else []
        stamps = tuple((str(file), stat.st_mtime_ns, stat.st_size) for file in files for stat in [file.stat()])
        with _LOCK:
            return _opened(self.kind, self.config, stamps)

    def _example(self, task_id: TaskId) -> Example:
        place = (task_id.split, task_id.seed, task_id.index)
        digest = task_id.config.get(ROW)
        example = self._store.find(str(digest), *place) if digest is not None else self._store.at(*place)
        if example is None:
            raise TaskIdError(
                f"the data of `{self.id}` has changed: `{self.config.path}` holds no row `{digest}`\n\n"
                "hint: a row is known by its question, gold and verifier; give the data that the id was made with"
            )
        return example

    def _task(self, task_id: TaskId, example: Example) -> Task:
        reference = named_reference(example.verifier, example.reference) if self._is_named else example.reference
        return Task(
            id=task_id,
            prompt=example.prompt,
            reference=reference,
            meta=example.meta,
            puzzle=f"{example.question:016x}",
        )


class DatasetEnv(SingleTurnEnv):
    """Responses to the rows of a data set."""

    async def aplay(self, action: str) -> str:
        """`play` in a thread: verifiers of mathematics and code take their time."""
        return await TextEnv.aplay(self, action)


@lru_cache(maxsize=_OPEN_STORES)
def _opened(kind: DataSet, config: DatasetConfig, stamps: tuple[tuple[str, int, int], ...]) -> Store:
    """The store of the files as they are now."""
    store = StreamStore if config.streaming else MemoryStore
    return store(kind.id, config, kind.prepare)


def _what(options: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """The options without those that only say where the data is."""
    return {name: value for name, value in options.items() if name not in LOCATION}
