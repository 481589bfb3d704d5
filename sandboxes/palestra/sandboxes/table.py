"""`SANDBOXES`: the one table of back ends, ours and those of installed packages, strongest first."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import entry_points
from typing import Any

from palestra.sandboxes.errors import DuplicateSandboxError, UnknownSandboxError
from palestra.sandboxes.sandbox import Sandbox

GROUP = "palestra.sandboxes"
"""Entry-point group: each entry point names an iterable of `Row`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One back end of the table."""

    name: str
    sandbox: str
    """`module:callable` that makes a sandbox with defaults, or raises SandboxUnavailableError."""
    summary: str
    is_automatic: bool = True
    """Whether `pick()` may choose it."""


ROWS: tuple[Row, ...] = (
    Row(
        name="zygote",
        sandbox="palestra.sandboxes.zygote:ZygoteSandbox",
        summary="Fresh namespaces for each run, forked from a warm interpreter; the default on Linux.",
    ),
    Row(
        name="namespaces",
        sandbox="palestra.sandboxes.namespaces:NamespaceSandbox",
        summary="The same isolation, and nothing is kept warm from run to run.",
        is_automatic=False,
    ),
    Row(
        name="docker",
        sandbox="palestra.sandboxes.docker:DockerSandbox.from_environment",
        summary="A container for each run or session; needs a Docker daemon and an image.",
    ),
    Row(
        name="landlock",
        sandbox="palestra.sandboxes.landlock:LandlockSandbox",
        summary="Files and network out of reach without any namespace; processes are not hidden.",
    ),
    Row(
        name="subprocess",
        sandbox="palestra.sandboxes.subprocess:SubprocessSandbox",
        summary="Plain child processes with limits: no isolation, for trusted code; must be allowed.",
        is_automatic=False,
    ),
)


class SandboxTable(Mapping[str, Row]):
    """Rows by name, strongest first. Rows of other packages come from the entry-point group `palestra.sandboxes`."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows: dict[str, Row] = {}
        for row in rows:
            if row.name in self._rows:
                raise DuplicateSandboxError(f"two sandboxes claim the name `{row.name}`")
            self._rows[row.name] = row

    def __getitem__(self, name: str) -> Row:
        """The row of a name.

        Raises:
            UnknownSandboxError: There is none; the message names the nearest.
        """
        try:
            return self._rows[name]
        except KeyError:
            near = get_close_matches(name, self._rows, n=1)
            guess = f"; did you mean `{near[0]}`?" if near else ""
            raise UnknownSandboxError(f"no sandbox `{name}`{guess}\n\nhint: there are {', '.join(self)}") from None

    def __contains__(self, name: object) -> bool:
        return name in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def make(self, name: str) -> Sandbox:
        """Build a sandbox with its defaults.

        Raises:
            UnknownSandboxError: There is no such name.
            SandboxUnavailableError: It cannot work on this machine; the message says what is missing.
        """
        module, _, path = self[name].sandbox.partition(":")
        factory: Any = importlib.import_module(module)
        for attribute in path.split("."):
            factory = getattr(factory, attribute)
        sandbox: Sandbox = factory()
        return sandbox


def _rows() -> Iterator[Row]:
    yield from ROWS
    for entry_point in sorted(entry_points(group=GROUP), key=lambda entry_point: entry_point.name):
        yield from entry_point.load()


SANDBOXES = SandboxTable(_rows())
"""Every back end that is installed."""
