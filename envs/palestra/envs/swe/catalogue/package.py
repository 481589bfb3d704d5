"""The packages of the catalogue: which, at which hash, and how their tests are run."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Any

from palestra.envs.errors import DataError
from palestra.envs.swe.task import Sdist, TestCommand
from palestra.sandboxes import Snapshot
from palestra.sandboxes.snapshot import Kind


@dataclass(frozen=True, kw_only=True, slots=True)
class Package:
    """A distribution with tests, and where its parts are."""

    name: str
    version: str
    sha256: str
    licence: str
    source: tuple[str, ...]
    """Globs of the modules that may be broken; a `*` matches folders too."""
    tests: tuple[str, ...]
    """Files and folders that pytest collects."""
    exclude: tuple[str, ...] = ()
    """Globs of modules that `source` names and that may not be broken."""
    roots: tuple[str, ...] = (".",)
    """Folders that modules are imported from."""
    ignore: tuple[str, ...] = ()
    """Test files that are left out: they need a further package, the network, or minutes."""
    skip: tuple[str, ...] = ()
    """Globs of node ids that are left out: they depend on the machine, the clock or the user."""
    files: tuple[str, ...] = ()
    """Globs of what else belongs to the tests."""

    @property
    def sdist(self) -> Sdist:
        """The archive."""
        return Sdist(name=self.name, version=self.version, sha256=self.sha256)

    @property
    def command(self) -> TestCommand:
        """How its tests are run."""
        return TestCommand(roots=self.roots, test_paths=self.files)

    def modules(self, tree: Snapshot) -> dict[str, bytes]:
        """The files that may be broken, of those of the archive: no tests among them."""
        return {
            path: entry.content
            for path, entry in tree.entries.items()
            if entry.kind is Kind.FILE and _any(path, self.source) and not _any(path, self.exclude)
            if not any(path == test or path.startswith(f"{test}/") for test in self.tests)
        }

    def importable(self, tree: Snapshot) -> frozenset[str]:
        """The names at the top of the package's modules."""
        tops = {path for root in self.roots for path in _beneath(self.modules(tree), root)}
        return frozenset(path.partition("/")[0].removesuffix(".py") for path in tops)

    def takes(self, node_id: str) -> bool:
        """Whether a test of the suite is used."""
        return not _any(node_id, self.skip)


@cache
def packages() -> dict[str, Package]:
    """Name -> package, in the order of the table."""
    text = files("palestra.envs.swe.catalogue").joinpath("packages.toml").read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = tomllib.loads(text)["package"]
    read = [Package(**{key: tuple(v) if isinstance(v, list) else v for key, v in row.items()}) for row in rows]  # type: ignore[arg-type]
    return {package.name: package for package in read}


def package_named(name: str) -> Package:
    """A package of the catalogue.

    Raises:
        DataError: It has none of this name.
    """
    try:
        return packages()[name]
    except KeyError:
        raise DataError(f"`{name}` is no package of the catalogue\n\nhint: `palestra swe list` names them") from None


def _beneath(paths: Iterable[str], root: str) -> Iterator[str]:
    prefix = "" if root == "." else f"{root}/"
    return (path[len(prefix) :] for path in paths if path.startswith(prefix))


def _any(path: str, globs: tuple[str, ...]) -> bool:
    return any(fnmatchcase(path, glob) for glob in globs)
