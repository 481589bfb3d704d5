"""A package's tests, run many times in one session of a sandbox."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Self

from palestra.envs.errors import DataError, EnvError
from palestra.envs.swe.catalogue.package import Package
from palestra.envs.swe.patch import Splice, inside_folder
from palestra.sandboxes import Limits, Program, PythonScript, Sandbox, Session, Snapshot, Status

_PACKAGE = "palestra_inside"
_PRISTINE = "pristine"
_BATCH_LIMITS = Limits(
    cpu_s=1200.0,
    wall_s=3600.0,
    memory_bytes=3 << 30,
    disk_bytes=512 << 20,
    inodes=65_536,
    file_bytes=256 << 20,
    output_bytes=256 << 20,
    pids=256,
    loopback=True,
)
_RUN_MEMORY = 2 << 30  # address space, of which much is never touched
_ARGUMENTS = ("-q", "-c", "/dev/null", "-p", "no:cacheprovider", "-p", "no:faulthandler", "--tb=no")


class SuiteError(EnvError, RuntimeError):
    """The tests of a package cannot be run at all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One run of some tests on broken or untouched code."""

    splices: tuple[Splice, ...] = ()
    files: Mapping[str, bytes | None] = field(default_factory=dict)
    """Files that are written, or removed where there is no content, before the edits are made."""
    tests: tuple[str, ...] | None = None
    """Node ids; None for all."""
    seed: int | None = None
    """Of the order; None for that of the files."""
    repeats: int = 0
    """How often the tests that fail are run again, in other orders; needs a seed."""
    trace: tuple[str, ...] = ()
    """Paths of modules whose lines are watched."""
    keep_bytecode: bool = False
    wall_s: float = 120.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What came of a run."""

    ended: str = ""
    """Why there is nothing else: `timeout` or `died`; empty after a whole run."""
    collected: tuple[str, ...] = ()
    is_steady: bool = True
    """Whether all repeats came out alike."""
    outcomes: Mapping[str, str] = field(default_factory=dict)
    """Node id -> passed, failed or skipped."""
    messages: Mapping[str, str] = field(default_factory=dict)
    """Node id of a failed test -> how it failed."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    reached: Mapping[str, Mapping[int, frozenset[int]]] = field(default_factory=dict)
    """Path -> line -> places in `collected`; -1 for lines that the collection reaches."""

    def named(self, outcome: str) -> tuple[str, ...]:
        """The tests with an outcome, in the order of the collection."""
        return tuple(name for name in self.collected if self.outcomes.get(name) == outcome)


class Suite:
    """The tests of a package, in a session of a sandbox that shows pytest.

    Every run works on a fresh copy of the files, in a process of its own: what a bug deletes is back for the next.
    """

    def __init__(self, sandbox: Sandbox, package: Package, tree: Snapshot) -> None:
        self.package = package
        self._session: Session = sandbox.start_sync(_BATCH_LIMITS)
        self._session.unpack(inside_folder(tree, _PRISTINE).to_tar())

    def run(self, run: Run) -> Report:
        """One run."""
        return next(iter(self.run_all([run])))

    def run_all(self, runs: Sequence[Run]) -> Iterator[Report]:
        """The reports of runs, in their order. A run that takes the whole batch down has died, and the rest goes on."""
        first = 0
        while first < len(runs):
            reports = self._batch(runs[first:])
            yield from reports
            first += len(reports)

    def close(self) -> None:
        """End the session."""
        self._session.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _batch(self, runs: Sequence[Run]) -> list[Report]:
        package = self.package
        ignored = tuple(f"--ignore={path}" for path in package.ignore)
        shared = {"paths": package.roots, "memory_bytes": _RUN_MEMORY, "arguments": (*_ARGUMENTS, *ignored)}
        request = {"suite": shared, "jobs": [_job(number, run, package.tests) for number, run in enumerate(runs)]}
        program = Program(
            entry=PythonScript(source=f"from {_PACKAGE}.warm import main\n\nmain()\n"),
            stdin=json.dumps(request).encode(),
            files=_inside(),
        )
        result = self._session.exec_sync(program, _BATCH_LIMITS)
        if result.status is Status.INFRA:
            raise SuiteError(f"the sandbox failed under the tests of `{package.name}`: {result.detail}")
        reports = [_report(line) for line in result.stdout.split(b"\n")[:-1]]
        if result.status is not Status.OK and len(reports) < len(runs):
            if not reports:
                _check_runner(package, result.stderr)
            reports.append(Report(ended="died"))
        return reports


def _check_runner(package: Package, stderr: bytes) -> None:
    """A traceback of the runner itself means that nothing was tried."""
    if b"Traceback" in stderr:
        raise SuiteError(f"the tests of `{package.name}` cannot be run: {stderr.decode(errors='replace')[-600:]}")


def _job(number: int, run: Run, paths: tuple[str, ...]) -> dict[str, object]:
    named = paths if run.tests is None else tuple(dict.fromkeys(test.partition("::")[0] for test in run.tests))
    return {
        "id": number,
        "edits": [[s.path, s.offset, len(s.old.encode()), s.new] for s in _from_the_end(run.splices)],
        "files": {path: c if c is None else c.decode("latin-1") for path, c in run.files.items()},
        "tests": run.tests,
        "targets": named,
        "seed": run.seed,
        "repeats": run.repeats,
        "trace": run.trace,
        "keep_bytecode": run.keep_bytecode,
        "wall_s": run.wall_s,
    }


def _from_the_end(splices: tuple[Splice, ...]) -> list[Splice]:
    return sorted(splices, key=lambda splice: (splice.path, -splice.offset))


def _report(line: bytes) -> Report:
    try:
        row = json.loads(line)
        if row["ended"]:
            return Report(ended=row["ended"])
        reached = {
            path: {int(line): frozenset(tests) for line, tests in lines.items()}
            for path, lines in row["reached"].items()
        }
        return Report(
            collected=tuple(row["collected"]),
            is_steady=row["steady"],
            outcomes=row["outcomes"],
            messages=row["messages"],
            seconds=row["seconds"],
            reached=reached,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"the runner of the tests wrote something else than reports: {error}") from error


@cache
def _inside() -> dict[str, bytes]:
    folder = files("palestra.envs.swe.catalogue.inside")
    return {f"{_PACKAGE}/{name}": folder.joinpath(name).read_bytes() for name in ("__init__.py", "suite.py", "warm.py")}
