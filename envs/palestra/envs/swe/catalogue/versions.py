"""Tasks made of two releases of a package: the older code, and the newer one's tests."""

from __future__ import annotations

from dataclasses import replace

from palestra.envs.errors import DataError
from palestra.envs.swe.catalogue.archive import fetch_sdist, read_sdist
from palestra.envs.swe.catalogue.judgeable import judgeable_tests
from palestra.envs.swe.catalogue.package import Package
from palestra.envs.swe.catalogue.reference import ORDERS, measure
from palestra.envs.swe.catalogue.suite import Run, Suite, SuiteError
from palestra.envs.swe.patch import FileChange, FileChanges
from palestra.envs.swe.task import Sdist, SweTask
from palestra.sandboxes import Sandbox
from palestra.verifiers.keyed_random import KeyedRandom

_MOST_TESTS = 12
_TEXTS = (
    "This is `{name}` before a release. The release makes these tests pass, which are not shown:\n\n{list}\n\n"
    "Write what is missing.",
    "The next version of `{name}` has to pass more tests than this one:\n\n{list}\n\nYou cannot see them. "
    "Change the package so that they do, and keep what works.",
    "Some of what `{name}` is to do next is not done yet. The tests for it are called\n\n{list}\n\nImplement it.",
)


def version_task(older: Sdist, newer: Package, sandbox: Sandbox) -> SweTask:
    """The task to make the older release of a package pass the newer one's tests.

    Args:
        older: The release whose modules the agent is given.
        newer: The release that brings everything else, tests among it, and the right modules.
        sandbox: One that shows pytest.

    Raises:
        DataError: An archive cannot be had, or no test tells the releases apart in every order.
        SuiteError: The tests cannot be run.
    """
    tree = read_sdist(fetch_sdist(newer.sdist))
    now, before = newer.modules(tree), newer.modules(read_sdist(fetch_sdist(older)))
    paths = [path for path in sorted({*now, *before}) if now.get(path) != before.get(path)]
    with Suite(sandbox, newer, tree) as suite:
        reference = measure(suite, tree)
        reference = replace(reference, tests=judgeable_tests(reference.tests, newer, tree, sandbox))
        changed = {path: before.get(path) for path in paths}
        report = suite.run(Run(files=changed, tests=reference.tests, seed=1, repeats=ORDERS - 1))
    if report.ended or (not report.outcomes and report.messages):
        # A test file that cannot even be loaded makes its tests fail; which ones, pytest does not say.
        raise SuiteError(f"the tests of `{newer.name}` {newer.version} cannot be run on {older.version}")
    failing = frozenset(report.named("failed"))
    fail_to_pass = tuple(test for test in reference.tests if test in failing)
    if not fail_to_pass or not report.is_steady:
        raise DataError(f"no test tells `{newer.name}` {older.version} and {newer.version} apart in every order")
    return SweTask(
        repo=newer.sdist,
        statement=_statement(newer, fail_to_pass),
        fail_to_pass=fail_to_pass,
        pass_to_pass=tuple(test for test in reference.tests if test not in failing),
        setup=_written({path: before.get(path) for path in paths}),
        gold=_written({path: now.get(path) for path in paths}),
        test=newer.command,
        meta={"package": newer.name, "operator": "version-diff", "tests": len(fail_to_pass), "files": len(paths)},
    )


def _written(files: dict[str, bytes | None]) -> FileChanges:
    return FileChanges(changes=tuple(FileChange(path=path, content=content) for path, content in files.items()))


def _statement(package: Package, tests: tuple[str, ...]) -> str:
    shown = [f"    {test}" for test in tests[:_MOST_TESTS]]
    if len(tests) > _MOST_TESTS:
        shown.append(f"    and {len(tests) - _MOST_TESTS} more")
    text = KeyedRandom("swe-version", package.name, package.version).choice(_TEXTS)
    return text.replace("{name}", package.name).replace("{list}", "\n".join(shown))
