"""The tasks of the catalogue, from what the repository keeps: no archive is needed to list them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from palestra.envs.swe.bugs.bug import repair
from palestra.envs.swe.bugs.statement import BugReport, Help, write_statement
from palestra.envs.swe.catalogue.package import Package, package_named
from palestra.envs.swe.catalogue.record import DATA, BugRecord, PackageRecord, records
from palestra.envs.swe.patch import Splices
from palestra.envs.swe.task import SweTask, TestLimits
from palestra.verifiers.keyed_random import KeyedRandom

_LIMIT_FACTOR = 10.0
_LEAST_CPU_S = 60.0


@cache
def catalogue_tasks(folder: Path = DATA) -> tuple[SweTask, ...]:
    """All tasks, one for each validated bug, in a fixed order."""
    return tuple(task for record in records(folder).values() for task in tasks_of(record, package_named(record.name)))


def tasks_of(record: PackageRecord, package: Package, help_levels: Sequence[Help] = tuple(Help)) -> Iterator[SweTask]:
    """The tasks of a package.

    Args:
        record: Its validated bugs.
        package: How its tests are run.
        help_levels: Of which each bug is given one, by its content.
    """
    for bug in record.bugs:
        rng = KeyedRandom("swe-statement", record.name, bug.key)
        yield _task(record, package, bug, rng.choice(help_levels), rng)


def _task(record: PackageRecord, package: Package, bug: BugRecord, level: Help, rng: KeyedRandom) -> SweTask:
    failing = frozenset(bug.fail_to_pass)
    paths = tuple(sorted({splice.path for splice in bug.splices}))
    report = BugReport(
        package=record.name,
        modules=tuple(module_name(path, package) for path in paths),
        functions=bug.where,
        splices=bug.splices,
        tests=bug.fail_to_pass,
        messages=bug.messages,
        is_removed=bug.operator == "remove-function",
    )
    cpu_s = max(_LEAST_CPU_S, _LIMIT_FACTOR * record.seconds)
    return SweTask(
        repo=package.sdist,
        statement=write_statement(report, level, rng),
        fail_to_pass=bug.fail_to_pass,
        pass_to_pass=tuple(test for test in record.tests if test not in failing),
        setup=Splices(splices=bug.splices),
        gold=repair(bug.splices),
        test=package.command,
        limits=TestLimits(cpu_s=cpu_s, wall_s=3 * cpu_s),
        meta={
            "package": record.name,
            "licence": record.licence,
            "operator": bug.operator,
            "help": str(level),
            "tests": len(bug.fail_to_pass),
            "edits": len(bug.splices),
            "files": len(paths),
            "spread": bug.spread,
            "guard": str(bug.guard),
        },
    )


def module_name(path: str, package: Package) -> str:
    """`humanize.number` of `src/humanize/number.py`."""
    for root in package.roots:
        if root != "." and path.startswith(f"{root}/"):
            path = path[len(root) + 1 :]
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
