"""Trying bugs: which tests notice them, each time and in any order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from palestra.envs.swe.bugs.bug import Bug
from palestra.envs.swe.catalogue.reference import ORDERS, Reference
from palestra.envs.swe.catalogue.suite import Report, Run, Suite

_BATCH = 24
_MOST_FAILING = 0.7
"""Of the suite: a bug that breaks more has broken the import, and is found without reading."""
_SLACK = 10.0
_START_S = 20.0


class Fate(StrEnum):
    """What becomes of a bug."""

    VALIDATED = "validated"
    SURVIVED = "survived"
    """No test notices it: material for writing the failing test."""
    UNREACHED = "unreached"
    """No test runs its lines."""
    ALL_FAIL = "all-fail"
    FLAKY = "flaky"
    """A test notices it in some orders."""
    TIMEOUT = "timeout"
    DIED = "died"
    """It ends the process that runs the tests."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """A bug and what became of it."""

    bug: Bug
    fate: Fate
    fail_to_pass: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    """How the first of them failed."""
    seconds: float = 0.0
    """Of the failing tests alone, on the untouched code."""


def try_bugs(suite: Suite, reference: Reference, bugs: Sequence[Bug]) -> Iterator[Trial]:
    """Run for each bug the tests that reach it, and those that fail twice more in other orders.

    Tests that do not reach a bug's lines cannot notice it, so they are not run.
    """
    for start in range(0, len(bugs), _BATCH):
        yield from _try_batch(suite, reference, bugs[start : start + _BATCH])


def _try_batch(suite: Suite, reference: Reference, bugs: Sequence[Bug]) -> Iterator[Trial]:
    reaching = [reference.reaching(bug) for bug in bugs]
    reports = suite.run_all([_run(reference, bug, tests) for bug, tests in zip(bugs, reaching, strict=True) if tests])
    for bug, tests in zip(bugs, reaching, strict=True):
        yield _trial(bug, reference, next(reports)) if tests else Trial(bug=bug, fate=Fate.UNREACHED)


def _trial(bug: Bug, reference: Reference, report: Report) -> Trial:
    fate = _fate(reference, report)
    if fate is not Fate.VALIDATED:
        return Trial(bug=bug, fate=fate)
    failed = report.named("failed")
    return Trial(
        bug=bug,
        fate=fate,
        fail_to_pass=failed,
        messages=tuple(report.messages.get(test, "") for test in failed[:2]),
        seconds=round(sum(reference.traced.seconds.get(test, 0.0) for test in failed), 3),
    )


def _run(reference: Reference, bug: Bug, tests: tuple[str, ...]) -> Run:
    usual = sum(reference.traced.seconds.get(test, 0.0) for test in tests)
    return Run(splices=bug.splices, tests=tests, seed=1, repeats=ORDERS - 1, wall_s=_START_S + _SLACK * usual)


def _fate(reference: Reference, report: Report) -> Fate:
    if report.ended:
        return Fate.TIMEOUT if report.ended == "timeout" else Fate.DIED
    if not report.outcomes:
        return Fate.ALL_FAIL  # the modules cannot be loaded, so nothing was collected
    failed = report.named("failed")
    if not failed:
        return Fate.SURVIVED
    if len(failed) > _MOST_FAILING * len(reference.tests):
        return Fate.ALL_FAIL
    return Fate.VALIDATED if report.is_steady else Fate.FLAKY
