"""`ENVS`: the one table of environments, ours and those of installed packages."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points

import gymnasium
from gymnasium.envs.registration import EnvSpec

from palestra.envs.errors import DuplicateEnvError, UnknownEnvError
from palestra.envs.row import Row
from palestra.envs.suite import ROWS
from palestra.envs.task import Scalar, Split
from palestra.envs.text_env import TextEnv
from palestra.verifiers.nearest import did_you_mean

GROUP = "palestra.envs"
"""Entry-point group: each entry point names an iterable of `Row`."""


class EnvTable(Mapping[str, Row]):
    """Rows by id. `add_installed` adds those of other packages, from the entry-point group `palestra.envs`."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows: dict[str, Row] = {}
        self._installed: list[EntryPoint] = []
        for row in rows:
            self.add(row)

    def add(self, row: Row) -> None:
        """Add a row and register it with Gymnasium.

        Raises:
            DuplicateEnvError: The id is taken.
        """
        if row.id in self._rows or row.id in gymnasium.registry:
            raise DuplicateEnvError(f"two environments claim the id `{row.id}`\n\nhint: raise the version, `-vN`")
        self._rows[row.id] = row
        # Not by `gymnasium.register`, which compares each new id with all others.
        spec = EnvSpec(id=row.id, entry_point="palestra.envs.table:make_env", kwargs={"palestra_id": row.id})
        gymnasium.registry[row.id] = spec

    def add_installed(self) -> None:
        """Add the rows of installed packages.

        A package that is itself being imported, and so has no rows yet, is asked again when the table is used.
        """
        self._installed = sorted(entry_points(group=GROUP), key=lambda entry_point: entry_point.name)
        self._add_waiting()

    def _add_waiting(self) -> None:
        waiting, self._installed = self._installed, []
        for entry_point in waiting:
            if _is_loading(entry_point.module):
                self._installed.append(entry_point)
                continue
            for row in entry_point.load():
                self.add(row)

    def __getitem__(self, env_id: str) -> Row:
        """The row of an id.

        Raises:
            UnknownEnvError: There is none; the message names the nearest.
        """
        self._add_waiting()
        try:
            return self._rows[env_id]
        except KeyError:
            guess = did_you_mean(env_id, self._rows)
            raise UnknownEnvError(
                f"no environment `{env_id}`{guess}\n\nhint: `palestra envs list` shows all {len(self._rows)}"
            ) from None

    def __contains__(self, env_id: object) -> bool:
        self._add_waiting()
        return env_id in self._rows

    def __iter__(self) -> Iterator[str]:
        self._add_waiting()
        return iter(sorted(self._rows))

    def __len__(self) -> int:
        self._add_waiting()
        return len(self._rows)

    def make(
        self,
        env_id: str,
        *,
        split: Split = "train",
        system_prompt: str = "",
        render_mode: str | None = None,
        config: Mapping[str, Scalar] | None = None,
    ) -> TextEnv:
        """Build an environment without Gymnasium's wrappers.

        Raises:
            UnknownEnvError: There is no such id.
            ConfigError: `config` has an unknown or wrong field of the family's configuration.
        """
        source = self[env_id].load().configured(config or {})
        return source.env(split=split, system_prompt=system_prompt, render_mode=render_mode)


def make_env(
    palestra_id: str,
    *,
    split: Split = "train",
    system_prompt: str = "",
    render_mode: str | None = None,
    **config: Scalar,
) -> TextEnv:
    """The entry point of `gymnasium.make`: `gym.make("palestra/Countdown-v1", difficulty=0.3)`."""
    return ENVS.make(palestra_id, split=split, system_prompt=system_prompt, render_mode=render_mode, config=config)


def _is_loading(module: str) -> bool:
    loaded = sys.modules.get(module)
    return bool(loaded is not None and getattr(loaded.__spec__, "_initializing", False))


ENVS = EnvTable(ROWS)
"""Every environment that is installed."""
