"""Where tasks on repositories come from: our own catalogue, or rows of a file."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from palestra.envs.errors import ConfigError, DataError
from palestra.envs.swe.places import Places
from palestra.envs.swe.repositories import repository_files
from palestra.envs.swe.source import SweConfig, SweSource
from palestra.envs.swe.task import SweTask
from palestra.envs.task import Scalar
from palestra.sandboxes import Sandbox, Snapshot
from palestra.verifiers.nearest import did_you_mean


class ReadLibrary:
    """Tasks that are read once, when the first is asked for; repositories by where they say they are."""

    def __init__(self, read: Callable[[], tuple[SweTask, ...]], places: Places) -> None:
        self._read = read
        self._places = places

    @functools.cached_property
    def _tasks(self) -> tuple[SweTask, ...]:
        return self._read()

    def tasks(self) -> tuple[SweTask, ...]:
        """All of them.

        Raises:
            DataError: They cannot be read.
        """
        return self._tasks

    def files(self, task: SweTask) -> Snapshot:
        """The repository of a task, as published.

        Raises:
            DataError: It is not there, and cannot be fetched.
        """
        return repository_files(task.repo, self.workplace(task))

    def workplace(self, task: SweTask) -> Sandbox:
        """Where it is worked on."""
        return self._places.workplace(task)

    def courtroom(self, task: SweTask) -> Sandbox:
        """Where the work is judged."""
        return self._places.courtroom(task)


class SwePyPI:
    """Bugs in packages of the Python package index, which are fetched when they are needed."""

    @classmethod
    def configured(cls, options: Mapping[str, Scalar]) -> SweSource:
        """The source with these options.

        Raises:
            ConfigError: An option is unknown or has another type.
        """
        return SweSource("palestra/SwePyPI-v1", _catalogue(), SweConfig.read(options))


class SweRows:
    """Rows of public data sets, or of files of your own, named by the option `path`."""

    @classmethod
    def configured(cls, options: Mapping[str, Scalar]) -> SweSource:
        """The source with these options.

        Raises:
            ConfigError: An option is unknown or has another type, or there is no such kind of rows.
        """
        config = SweConfig.read(options)
        kinds = _kinds()
        if config.rows not in kinds:
            raise ConfigError(f"no kind of rows `{config.rows}`{did_you_mean(config.rows, kinds)}")
        library = ReadLibrary(lambda: tuple(read_rows(config.path, config.rows)), shared_places())
        return SweSource("palestra/SweRows-v1", library, config)


def read_rows(path: str, kind: str) -> Iterator[SweTask]:
    """The tasks of a file of JSON lines, or of a JSON list.

    Raises:
        DataError: The file cannot be read, or one of its rows is none of this kind.
    """
    if not path:
        raise DataError("no rows are named\n\nhint: give the option `path`, e.g. path=tasks.jsonl")
    try:
        text = Path(path).read_text(encoding="utf-8")
        rows = json.loads(text) if text.lstrip().startswith("[") else [json.loads(line) for line in text.splitlines()]
    except (OSError, ValueError) as error:
        raise DataError(f"`{path}` cannot be read: {error}") from error
    read = _kinds()[kind]
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise DataError(f"row {number} of `{path}` is no object")
        yield read(row)


@functools.cache
def shared_places() -> Places:
    """The sandboxes that all sources of this process use."""
    return Places()


@functools.cache
def _catalogue() -> ReadLibrary:
    from palestra.envs.swe.catalogue.tasks import catalogue_tasks

    return ReadLibrary(catalogue_tasks, shared_places())


def _kinds() -> Mapping[str, Callable[[Mapping[str, object]], SweTask]]:
    from palestra.envs.swe.loaders import LOADERS

    return LOADERS
