"""From an archive to validated bugs."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from palestra.envs.swe.bugs.bug import Bug
from palestra.envs.swe.bugs.factory import BugFactory, compose
from palestra.envs.swe.catalogue.archive import fetch_sdist, read_sdist
from palestra.envs.swe.catalogue.judgeable import judgeable_tests
from palestra.envs.swe.catalogue.package import Package
from palestra.envs.swe.catalogue.record import BugRecord, PackageRecord, short
from palestra.envs.swe.catalogue.reference import Reference, coverage_lines, difficulty_facts, measure
from palestra.envs.swe.catalogue.suite import Suite
from palestra.envs.swe.catalogue.validation import Fate, Trial, try_bugs
from palestra.envs.swe.grader import Guard, guard_of
from palestra.sandboxes import Sandbox, Snapshot
from palestra.verifiers.keyed_random import KeyedRandom

_MOST_BYTES = 600
"""Of working code in one edit: the catalogue keeps no more of a package."""
_LONGEST_S = 20.0
"""Of the failing tests of a task."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildConfig:
    """How many tasks are wanted of each package."""

    wanted: int = 60
    """Validated bugs; fewer where the package gives fewer."""
    composed: int = 8
    """Of them made of several."""
    survivors: int = 12
    """Unnoticed bugs that are kept."""
    seed: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Built:
    """A package's file, and what it took."""

    record: PackageRecord
    wall_s: float


def build(package: Package, sandbox: Sandbox, config: BuildConfig) -> Built:
    """Fetch a package, measure its tests, and try bugs until enough are validated.

    Raises:
        DataError: The archive cannot be had.
        SuiteError: Its tests cannot be run.
    """
    started = time.monotonic()
    tree = read_sdist(fetch_sdist(package.sdist))
    rng = KeyedRandom("swe-build", package.name, package.version, config.seed)
    with Suite(sandbox, package, tree) as suite:
        reference = measure(suite, tree)
        reference = replace(reference, tests=judgeable_tests(reference.tests, package, tree, sandbox))
        factory = BugFactory(package.modules(tree))
        covered = coverage_lines(reference)
        usable = [
            bug for bug in factory.candidates if bug.num_bytes <= _MOST_BYTES and covered.issuperset(bug.lines[:1])
        ]
        drawn = factory.draw(rng, 3 * config.wanted, among=usable)
        singles = _try_until(suite, reference, drawn, config.wanted - config.composed)
        noticed = [trial for trial in singles if trial.fate is Fate.VALIDATED]
        pairs = try_composed(suite, reference, noticed, rng, config.composed)
    trials = [*singles, *pairs]
    return Built(
        record=_record(package, tree, reference, trials, len(factory.candidates), config),
        wall_s=time.monotonic() - started,
    )


def try_composed(
    suite: Suite, reference: Reference, noticed: Sequence[Trial], rng: KeyedRandom, count: int
) -> list[Trial]:
    """Bugs of two or three edits in one file, each edit of which has to be taken back.

    The parts are validated bugs, so each alone makes tests fail; a composed bug is kept when every part has
    a test that still fails with all other parts mended. Those runs have been made: they are the parts' own.
    """
    by_path: dict[tuple[str, ...], list[Trial]] = {}
    for trial in noticed:
        by_path.setdefault(trial.bug.paths, []).append(trial)
    groups = [group for group in by_path.values() if len(group) > 1]
    if not groups:
        return []
    composed: list[Bug] = []
    for _ in range(count):
        group = rng.choice(groups)
        parts = rng.sample(group, min(len(group), rng.between(2, 3)))
        bug = compose([part.bug for part in parts])
        if bug is not None and len({part.fail_to_pass for part in parts}) == len(parts):
            composed.append(bug)
    return list(try_bugs(suite, reference, composed))


def _try_until(suite: Suite, reference: Reference, bugs: Sequence[Bug], wanted: int) -> list[Trial]:
    trials: list[Trial] = []
    num_validated = 0
    for trial in try_bugs(suite, reference, bugs):
        trials.append(trial)
        num_validated += trial.fate is Fate.VALIDATED
        if num_validated >= wanted:
            break
    return trials


def _record(
    package: Package,
    tree: Snapshot,
    reference: Reference,
    trials: Sequence[Trial],
    num_candidates: int,
    config: BuildConfig,
) -> PackageRecord:
    fates = Counter(trial.fate.value for trial in trials)
    validated = [trial for trial in trials if trial.fate is Fate.VALIDATED and trial.seconds <= _LONGEST_S]
    guarded = [(trial, guard) for trial in validated if (guard := guard_of(tree, trial.fail_to_pass)) is not Guard.NONE]
    fates["unguarded"] = len(validated) - len(guarded)
    counts: Mapping[str, int] = {"candidates": num_candidates, "tried": len(trials), **dict(sorted((+fates).items()))}
    bugs = [_bug_record(trial, guard) for trial, guard in guarded]
    survived = [trial for trial in trials if trial.fate is Fate.SURVIVED]
    return PackageRecord(
        name=package.name,
        version=package.version,
        sha256=package.sha256,
        licence=package.licence,
        seconds=reference.seconds,
        flaky=reference.flaky,
        counts=counts,
        tests=reference.tests,
        bugs=tuple({bug.key: bug for bug in bugs}.values()),
        survivors=tuple(_bug_record(trial, Guard.NONE) for trial in survived[: config.survivors]),
    )


def _bug_record(trial: Trial, guard: Guard) -> BugRecord:
    return BugRecord(
        operator=trial.bug.operator,
        where=trial.bug.where,
        splices=trial.bug.splices,
        fail_to_pass=trial.fail_to_pass,
        messages=tuple(short(message) for message in trial.messages),
        spread=difficulty_facts(trial.bug, trial.fail_to_pass)["spread"],
        seconds=trial.seconds,
        guard=guard,
    )
