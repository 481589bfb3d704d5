"""Tasks that are rows of a peer's package: each seed is an order of the rows of a split."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Self

from palestra.envs.bridges.peer import Options, Peer, no_difficulty
from palestra.envs.datasets.permutation import permuted
from palestra.envs.errors import ConfigError, EmptySplitError, TaskIdError
from palestra.envs.source import check_split
from palestra.envs.task import Scalar, Split, Task, TaskId
from palestra.verifiers.keyed_random import stable_hash
from palestra.verifiers.tools.codec import ToolCodec
from palestra.verifiers.tools.codecs import CODECS, codec_named

TEST_SHARE = 20
"""Per cent of the rows that the split `test` holds unless `test_share` says otherwise; 10% are `validation`."""
_VALIDATION_SHARE = 10
_ROW = "row"


class RowTasks(ABC):
    """The rows of a peer as tasks with tools.

    Options of all: `codec`, a key of `CODECS`; `test_share`, 0..100; `release`. A row is in one split, by the hash of
    its name; a task's id names its row, so it is made again in whatever order.
    """

    id: str
    peer: Peer

    def __init__(self, options: Options) -> None:
        self.codec = _codec(options.take("codec", "hermes"))
        self._test_share = options.take_between("test_share", TEST_SHARE, 0, 100)
        release = options.take_release(self.peer)
        options.rest.pop(_ROW, None)  # a task's id names its row beside the options
        given = {name: value for name, value in options.given.items() if name != _ROW}
        self.config: Mapping[str, Scalar] = {**given, "release": release}
        self._key = json.dumps(self.config, sort_keys=True)

    @classmethod
    @abstractmethod
    def configured(cls, options: Mapping[str, Scalar]) -> Self:
        """The source with these options.

        Raises:
            ConfigError: An option is unknown or refused.
            MissingPackageError: The peer is not installed.
        """

    @abstractmethod
    def row_names(self) -> Sequence[str]:
        """The rows that are offered, by names that do not change."""

    @abstractmethod
    def prompt(self, name: str) -> str:
        """What the policy reads first."""

    def reference(self, name: str) -> str:
        """What the judgement needs to find the row again."""
        return json.dumps({_ROW: name})

    def row_of(self, task: Task) -> str:
        """The name of a task's row."""
        return str(json.loads(task.reference)[_ROW])

    def task(self, split: Split, seed: int, index: int) -> Task:
        """The task number `index` of stream `seed`.

        Raises:
            EmptySplitError: The split holds no row.
        """
        check_split(split)
        names = self._by_split.get(split, [])
        if not names:
            raise EmptySplitError(f"`{self.id}` has no row in the split `{split}`\n\nhint: set `test_share`")
        lap, place = divmod(index, len(names))
        name = names[permuted(place, len(names), self.id, self._key, split, seed, lap)]
        return self._made(name, TaskId(source=self.id, split=split, seed=seed, index=index, config=self._named(name)))

    def regenerate(self, task_id: TaskId) -> Task:
        """The task that an id names, made again.

        Raises:
            TaskIdError: The id belongs to another source, or names no row.
            ConfigError: It belongs to another release of the peer.
        """
        if task_id.source != self.id:
            raise TaskIdError(f"task id of `{task_id.source}` given to `{self.id}`")
        config = dict(task_id.config)
        name = str(config.pop(_ROW, ""))
        source = type(self).configured(config)
        if name not in source.row_names():
            raise TaskIdError(f"`{self.id}` with these options has no row `{name[:80]}`")
        return source._made(name, task_id)

    def with_difficulty(self, difficulty: float) -> Self:
        """Nothing: rows are as hard as they are.

        Raises:
            ConfigError: Always.
        """
        raise no_difficulty(self.id)

    def _made(self, name: str, task_id: TaskId) -> Task:
        puzzle = f"{stable_hash(self.id, name):016x}"
        return Task(id=task_id, prompt=self.prompt(name), reference=self.reference(name), puzzle=puzzle)

    def _named(self, name: str) -> dict[str, Scalar]:
        return {**self.config, _ROW: name}

    @cached_property
    def _by_split(self) -> Mapping[Split, list[str]]:
        found: dict[Split, list[str]] = {"train": [], "validation": [], "test": []}
        for name in self.row_names():
            percent = stable_hash("row", self.id, name) % 100
            if percent < self._test_share:
                found["test"].append(name)
            else:
                found["validation" if percent < self._test_share + _VALIDATION_SHARE else "train"].append(name)
        return found


def _codec(name: str) -> ToolCodec:
    if name not in CODECS:
        raise ConfigError(f"no codec `{name[:80]}`\n\nhint: there are {', '.join(CODECS)}")
    return codec_named(name)
