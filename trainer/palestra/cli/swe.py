"""`palestra swe list`, `palestra swe build` and `palestra swe validate`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from palestra.cli.errors import EXIT_FAILED, EXIT_OK
from palestra.cli.text import write, write_columns, write_json

if TYPE_CHECKING:
    from palestra.envs.swe.catalogue.build import Built
    from palestra.envs.swe.catalogue.package import Package
    from palestra.envs.swe.catalogue.revalidation import Revalidation
    from palestra.envs.swe.task import SweTask

_Names = Annotated[tyro.conf.Positional[tuple[str, ...]], tyro.conf.arg(metavar="PACKAGE ...")]


@dataclass(frozen=True, kw_only=True)
class SweList:
    """List the packages of the catalogue, with the numbers of their validated tasks.

    WITHHELD counts the tasks of which expected values are kept from the tests' process (`guard=withheld`).
    """

    json: bool = False
    """Print one JSON object per package."""

    def run(self) -> int:
        """Print the table."""
        from palestra.envs.swe.catalogue.package import packages
        from palestra.envs.swe.catalogue.record import records
        from palestra.envs.swe.grader import Guard

        kept = records()
        table: list[Sequence[str]] = [("PACKAGE", "VERSION", "LICENCE", "TESTS", "TASKS", "WITHHELD")]
        total = total_withheld = 0
        for name, package in packages().items():
            record = kept.get(name)
            tests, tasks = (len(record.tests), len(record.bugs)) if record else (0, 0)
            withheld = sum(bug.guard is Guard.WITHHELD for bug in record.bugs) if record else 0
            total, total_withheld = total + tasks, total_withheld + withheld
            if self.json:
                counts = {"tests": tests, "tasks": tasks, "withheld": withheld}
                write_json({"name": name, "version": package.version, **counts})
            table.append((name, package.version, package.licence, str(tests), str(tasks), str(withheld)))
        if not self.json:
            write_columns([*table, ("total", "", "", "", str(total), str(total_withheld))])
        return EXIT_OK


@dataclass(frozen=True, kw_only=True)
class SweBuild:
    """Build tasks of packages: fetch each archive by its hash, measure its tests, and try bugs in a sandbox.

    Archives are kept in the folder that PALESTRA_SDISTS names, else in the user's cache: a second build needs no
    network. Exit code 1 if a package cannot be built; standard error says why.
    """

    names: _Names = ()
    """Which packages; all of the catalogue by default."""
    out: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")] = None
    """Where the files with the tasks are written; by default they are counted only."""
    wanted: Annotated[int, tyro.conf.arg(metavar="N")] = 45
    """Tasks of each package."""
    seed: Annotated[int, tyro.conf.arg(metavar="N")] = 0
    """Another one draws other bugs."""
    json: bool = False
    """Print one JSON object per package."""

    def run(self) -> int:
        """Print a line for each package as it is done."""
        from palestra.envs.errors import EnvError
        from palestra.envs.swe.catalogue.build import BuildConfig, build
        from palestra.envs.swe.places import host_sandbox

        config = BuildConfig(wanted=self.wanted, seed=self.seed)
        rows: list[Sequence[str]] = [("PACKAGE", "TESTS", "CANDIDATES", "TRIED", "VALIDATED", "FLAKY", "SECONDS")]
        failed = False
        with host_sandbox() as sandbox:
            for package in _chosen(self.names):
                try:
                    built = build(package, sandbox, config)
                except EnvError as error:
                    failed = True
                    sys.stderr.write(f"{package.name}: {error}\n")
                    continue
                if self.out is not None:
                    built.record.write(self.out)
                rows.append(_built_cells(built))
                if self.json:
                    record = built.record
                    counts = {"flaky": 0, **record.counts}
                    write_json({"name": record.name, **counts, "tests": len(record.tests), "s": built.wall_s})
                else:
                    sys.stderr.write(f"{package.name}: {len(built.record.bugs)} tasks in {built.wall_s:.0f} s\n")
        if not self.json:
            write_columns(rows)
        return EXIT_FAILED if failed else EXIT_OK


@dataclass(frozen=True, kw_only=True)
class SweValidate:
    """Put a sample of the catalogue's tasks before the clean room again.

    The right patch has to be resolved, and a patch that mends nothing to fail. Exit code 1 if a task is not so.
    """

    names: _Names = ()
    """Of which packages; of all by default."""
    n: Annotated[int, tyro.conf.arg(metavar="N")] = 20
    """How many tasks, spread over the packages; 0 for all."""
    json: bool = False
    """Print one JSON object per task."""

    def run(self) -> int:
        """Print the tasks that are not right any more, and how long a judgement takes."""
        from statistics import median

        found = asyncio.run(self._revalidate())
        wrong = [one for one in found if not one.is_right]
        for one in wrong:
            sys.stderr.write(f"{_name(one)}: {one.gold.status} {one.gold.detail}; idle {one.idle.status}\n")
        if not self.json and found:
            seconds = median(one.seconds for one in found)
            write(
                f"{len(found) - len(wrong)} of {len(found)} tasks are as they were; a judgement takes {seconds:.2f} s"
            )
        return EXIT_FAILED if wrong else EXIT_OK

    async def _revalidate(self) -> list[Revalidation]:
        from palestra.envs.swe.catalogue.revalidation import revalidate
        from palestra.envs.swe.grader import CleanRoom
        from palestra.envs.swe.places import Places
        from palestra.envs.swe.repositories import repository_files

        found: list[Revalidation] = []
        places = Places()
        try:
            for task in self._sample():
                sandbox = places.courtroom(task)
                one = await revalidate(task, repository_files(task.repo, sandbox), CleanRoom(sandbox))
                found.append(one)
                if self.json:
                    status = {"gold": str(one.gold.status), "idle": str(one.idle.status), "s": round(one.seconds, 3)}
                    write_json({"id": task.id, "package": task.meta["package"], **status})
        finally:
            places.close()
        return found

    def _sample(self) -> Sequence[SweTask]:
        from palestra.envs.swe.catalogue.tasks import catalogue_tasks
        from palestra.verifiers.keyed_random import KeyedRandom

        names = {package.name for package in _chosen(self.names)}
        tasks = [task for task in catalogue_tasks() if task.meta["package"] in names]
        return KeyedRandom("swe-validate", self.n).sample(tasks, min(self.n, len(tasks))) if self.n else tasks


_command = tyro.conf.subcommand
Swe = (
    Annotated[SweList, _command("list")]
    | Annotated[SweBuild, _command("build")]
    | Annotated[SweValidate, _command("validate")]
)


def _chosen(names: Sequence[str]) -> list[Package]:
    from palestra.envs.swe.catalogue.package import package_named, packages

    return [package_named(name) for name in names] if names else list(packages().values())


def _built_cells(built: Built) -> tuple[str, ...]:
    counts, record = built.record.counts, built.record
    flaky = counts.get("flaky", 0) + len(record.flaky)
    numbers = (len(record.tests), counts["candidates"], counts["tried"], len(record.bugs), flaky)
    return (record.name, *map(str, numbers), f"{built.wall_s:.0f}")


def _name(one: Revalidation) -> str:
    return f"{one.task.meta['package']} {one.task.id[:16]}"
