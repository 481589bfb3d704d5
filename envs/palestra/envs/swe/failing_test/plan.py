"""Which bug a test is to notice, which hidden ones besides, and which tests are known to do so."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from palestra.envs.errors import DataError
from palestra.envs.swe.catalogue.archive import fetch_sdist, read_sdist
from palestra.envs.swe.catalogue.package import Package, package_named
from palestra.envs.swe.catalogue.record import DATA, BugRecord, PackageRecord, records
from palestra.envs.swe.failing_test.room import Mutants
from palestra.envs.swe.patch import Splices
from palestra.sandboxes import Snapshot

PLANS = DATA / "failing_tests.json"
_MOST_SIBLINGS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """A bug, shown, and its siblings in the same function, hidden."""

    package: str
    bugs: tuple[BugRecord, ...]
    """The shown one first."""
    tests: tuple[str, ...]
    """Functions of one test file, each of which fails with one of the bugs."""

    @property
    def test_path(self) -> str:
        """The file of the tests."""
        return self.tests[0].partition("::")[0]

    def to_json(self) -> str:
        """The plan by the keys of its bugs."""
        return json.dumps([self.package, [bug.key for bug in self.bugs]], separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Read `to_json` back, from the records of the catalogue.

        Raises:
            ValueError: It names a bug that the catalogue has not.
        """
        try:
            package, keys = json.loads(text)
            by_key = _by_key(package)
            plan = planned(package, tuple(by_key[key] for key in keys))
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"`{text[:80]}` names no bugs of the catalogue: {error}") from error
        if plan is None:
            raise DataError(f"`{text[:80]}` names bugs of which no common test is known")
        return plan

    def mutants(self) -> Mutants:
        """The states that a test is judged by.

        Raises:
            DataError: The package cannot be had.
        """
        package = package_named(self.package)
        tree = _tree(package)
        return Mutants(
            tree=tree,
            mutants=tuple(Splices(splices=bug.splices) for bug in self.bugs),
            folder=self.test_path.rpartition("/")[0],
            package=package.importable(tree),
            command=package.command,
        )

    def known_test(self) -> str:
        """A module with the project's own tests that notice the bugs, and what they need of their file."""
        source = _tree(package_named(self.package)).entries[self.test_path].content.decode()
        module = ast.parse(source)
        module.body = _needed(module.body, {test.partition("::")[2] for test in self.tests})
        return ast.unparse(module) + "\n"


def all_plans(kept: Mapping[str, PackageRecord]) -> Iterator[Plan]:
    """Every bug that has a sibling and a test of its own, with up to three siblings."""
    for name, record in kept.items():
        groups: dict[tuple[str, ...], list[BugRecord]] = {}
        for bug in record.bugs:
            if len(bug.splices) == 1 and bug.operator != "remove-function":  # a missing function is noticed by any call
                groups.setdefault((bug.splices[0].path, *bug.where), []).append(bug)
        for group in groups.values():
            for bug in group:
                others = [other for other in group if other is not bug]
                plan = planned(name, (bug, *others[:_MOST_SIBLINGS]))
                if plan is not None and others:
                    yield plan


def planned(package: str, bugs: tuple[BugRecord, ...]) -> Plan | None:
    """The plan for some bugs; None where no plain functions of one file notice them all."""
    plain = [[test for test in bug.fail_to_pass if test.count("::") == 1 and "[" not in test] for bug in bugs]
    paths = [{test.partition("::")[0] for test in tests} for tests in plain]
    common = sorted(set.intersection(*paths))
    if not common:
        return None
    chosen = (next(test for test in tests if test.startswith(f"{common[0]}::")) for tests in plain)
    return Plan(package=package, bugs=bugs, tests=tuple(dict.fromkeys(chosen)))


@cache
def kept_plans(path: Path = PLANS) -> tuple[Plan, ...]:
    """The validated plans that the repository keeps."""
    return tuple(Plan.from_json(json.dumps(row)) for row in json.loads(path.read_text(encoding="utf-8")))


def _needed(body: list[ast.stmt], wanted: set[str]) -> list[ast.stmt]:
    """The statements of a module that bind some names, and those that bind what these use, and so on."""
    kept: list[ast.stmt] = []
    found = body
    while found:
        found = [node for node in body if node not in kept and (_bound(node) & wanted or "*" in _bound(node))]
        kept += found
        wanted |= {node.id for one in found for node in ast.walk(one) if isinstance(node, ast.Name)}
    for node in kept:
        if isinstance(node, ast.Import | ast.ImportFrom):
            node.names = [
                alias for alias in node.names if (alias.asname or alias.name).partition(".")[0] in {*wanted, "*"}
            ]
    return [node for node in body if node in kept]


def _bound(node: ast.stmt) -> set[str]:
    match node:
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {(alias.asname or alias.name).partition(".")[0] for alias in names}
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}


@cache
def _by_key(package: str) -> Mapping[str, BugRecord]:
    return {bug.key: bug for bug in records()[package].bugs}


@cache
def _tree(package: Package) -> Snapshot:
    return read_sdist(fetch_sdist(package.sdist))
