"""What a package's tests do on the untouched code: measured once and shared by all of its bugs."""

from __future__ import annotations

from dataclasses import dataclass

from palestra.envs.swe.bugs.bug import Bug
from palestra.envs.swe.catalogue.suite import Report, Run, Suite, SuiteError
from palestra.sandboxes import Snapshot

ORDERS = 3
"""Random orders in which the tests have to pass."""
_AT_IMPORT = -1


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """The tests of a package that always pass, and which lines each reaches."""

    tests: tuple[str, ...]
    """Those that passed in every order, in the order of the files."""
    flaky: tuple[str, ...]
    """Those that passed in some."""
    seconds: float
    """Of one run of them all, without the start of an interpreter."""
    traced: Report

    def reaching(self, bug: Bug) -> tuple[str, ...]:
        """The tests that execute a line of a bug; all, where it is executed when modules are loaded."""
        reached: set[int] = set()
        for path, line in bug.lines:
            reached |= self.traced.reached.get(path, {}).get(line, frozenset())
        if _AT_IMPORT in reached:
            return self.tests
        names = {self.traced.collected[place] for place in reached}
        return tuple(test for test in self.tests if test in names)


def measure(suite: Suite, tree: Snapshot) -> Reference:
    """Run the untouched suite once in its own order, in three random ones, and once more with its lines watched.

    Raises:
        SuiteError: It cannot be collected, or nothing of it always passes.
    """
    package = suite.package
    runs = [Run(keep_bytecode=True), *(Run(seed=seed) for seed in range(1, ORDERS + 1))]
    reports = [*suite.run_all(runs), suite.run(Run(trace=tuple(package.modules(tree)), wall_s=600.0))]
    if ended := next((report.ended for report in reports if report.ended), ""):
        raise SuiteError(f"the untouched tests of `{package.name}` ended with `{ended}`")
    ordered, traced = reports[:-1], reports[-1]
    passed = [set(report.named("passed")) for report in ordered]
    always, ever = set.intersection(*passed), set.union(*passed)
    tests = tuple(test for test in traced.collected if test in always and package.takes(test))
    if not tests:
        raise SuiteError(f"no test of `{package.name}` passes in every order: {_first_message(ordered[0])}")
    return Reference(
        tests=tests,
        flaky=tuple(sorted(test for test in ever - always if package.takes(test))),
        seconds=round(sum(ordered[-1].seconds.get(test, 0.0) for test in tests), 2),
        traced=traced,
    )


def coverage_lines(reference: Reference) -> set[tuple[str, int]]:
    """The lines that a test reaches, other than by loading modules."""
    return {
        (path, line)
        for path, lines in reference.traced.reached.items()
        for line, tests in lines.items()
        if tests and _AT_IMPORT not in tests
    }


def _first_message(report: Report) -> str:
    return next(iter(report.messages.values()), "nothing was collected")[-200:]


def difficulty_facts(bug: Bug, fail_to_pass: tuple[str, ...]) -> dict[str, int]:
    """Numbers that say how hard a task may be."""
    lines = sorted(line for _, line in bug.lines)
    spread = lines[-1] - lines[0] if len(bug.paths) == 1 else 0
    return {"tests": len(fail_to_pass), "edits": len(bug.splices), "files": len(bug.paths), "spread": spread}
