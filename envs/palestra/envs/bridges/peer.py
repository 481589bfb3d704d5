"""What all bridges share: the peer's package and release, options, and seeds of our own."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TypeVar

from palestra.envs.errors import ConfigError, MissingPackageError, TaskIdError
from palestra.envs.source import check_split
from palestra.envs.task import Scalar, Split, TaskId
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.nearest import did_you_mean

ValueT = TypeVar("ValueT", str, int, bool)

_SEEDS = 2**31  # what numpy's and `random`'s seeding both take


@dataclass(frozen=True, kw_only=True, slots=True)
class Peer:
    """Another suite, as a package."""

    module: str
    package: str
    """Its name on PyPI."""

    def load(self, submodule: str = "") -> Any:
        """The module, imported now.

        Raises:
            MissingPackageError: It, or something that it needs, is not installed.
        """
        name = f"{self.module}.{submodule}" if submodule else self.module
        try:
            return importlib.import_module(name)
        except ImportError as error:
            raise MissingPackageError(
                f"`{name}` cannot be imported: {error}\n\nhint: pip install {self.package}"
            ) from error

    def release(self) -> str:
        """The version that is installed.

        Raises:
            MissingPackageError: None is.
        """
        try:
            return version(self.package)
        except PackageNotFoundError:
            raise MissingPackageError(
                f"the package `{self.package}` is not installed\n\nhint: pip install {self.package}"
            ) from None


class Options:
    """Options of a bridge, taken one by one; what is left belongs to the peer.

    Raises:
        ConfigError: A difficulty in 0..1 is asked for, which no peer has.
    """

    def __init__(self, source_id: str, options: Mapping[str, Scalar]) -> None:
        if isinstance(options.get("difficulty"), float):
            raise no_difficulty(source_id)
        self.given = dict(options)
        self.rest = dict(options)
        self._taken: list[str] = []

    def take(self, name: str, default: ValueT) -> ValueT:
        """An option of ours.

        Raises:
            ConfigError: It has another type than its default.
        """
        self._taken.append(name)
        value = self.rest.pop(name, default)
        if type(value) is not type(default):
            raise ConfigError(f"option `{name}` must be of type {type(default).__name__}, got {value!r:.80}")
        return value

    def take_between(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number of ours.

        Raises:
            ConfigError: It has another type, or lies outside of low..high.
        """
        value = self.take(name, default)
        if not low <= value <= high:
            raise ConfigError(f"`{name}` must lie in {low}..{high}, got {value}")
        return value

    def refuse_rest(self) -> None:
        """For peers without options of their own.

        Raises:
            ConfigError: An option is left.
        """
        if self.rest:
            name = next(iter(self.rest))
            raise ConfigError(f"no option `{name[:80]}`{did_you_mean(name, self._taken)}")

    def take_name(self, known: Iterable[str], kind: str) -> str:
        """The peer's name of what is wanted.

        Raises:
            ConfigError: It is missing or unknown; the message names what there is.
        """
        names = sorted(known)
        name = self.take("name", "")
        if name not in names:
            guess = did_you_mean(name, names)
            what = f"no {kind} `{name}`{guess}" if name else f"which {kind}?"
            raise ConfigError(f"{what}\n\nhint: `name` is one of {', '.join(names)}")
        return name

    def take_release(self, peer: Peer) -> str:
        """The release of the peer that makes the tasks: the installed one.

        Raises:
            ConfigError: Another one is asked for, e.g. by a task id.
            MissingPackageError: None is installed.
        """
        installed = peer.release()
        wanted = self.take("release", installed)
        if wanted != installed:
            raise ConfigError(
                f"tasks of {peer.package} `{wanted}` cannot be made by `{installed}`, which is installed\n\n"
                f"hint: pip install {peer.package}=={wanted}"
            )
        return installed


class Streams:
    """Seeds of the peer for our tasks: one of 31 bits for each (split, seed, index), as a keyed hash gives it.

    A peer's own `seed + index` would make neighbouring seeds share nearly all of their tasks.
    """

    def __init__(self, source_id: str, config: Mapping[str, Scalar]) -> None:
        self.id = source_id
        self.config = dict(config)
        self._key = json.dumps(self.config, sort_keys=True)

    def task_id(self, split: Split, seed: int, index: int) -> TaskId:
        """The id of a task.

        Raises:
            TaskIdError: There is no such split.
        """
        check_split(split)
        return TaskId(source=self.id, split=split, seed=seed, index=index, config=self.config)

    def peer_seed(self, task_id: TaskId) -> int:
        """The seed that the peer makes the task of."""
        return KeyedRandom(self.id, self._key, task_id.split, task_id.seed, task_id.index).below(_SEEDS)

    def check_source(self, task_id: TaskId) -> None:
        """Check that an id is of this source.

        Raises:
            TaskIdError: It is of another one.
        """
        if task_id.source != self.id:
            raise TaskIdError(f"task id of `{task_id.source}` given to `{self.id}`")


def no_difficulty(source_id: str) -> ConfigError:
    """What a bridge says when it is asked for a difficulty."""
    return ConfigError(f"`{source_id}` has no difficulty in 0..1\n\nhint: set the peer's own options")


def peer_value(text: Scalar, default: object) -> object:
    """An option of the peer: what is no scalar there, e.g. a tuple, is given as JSON text."""
    if not isinstance(text, str) or isinstance(default, str):
        return text
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return tuple(value) if isinstance(value, list) and not isinstance(default, list) else value
