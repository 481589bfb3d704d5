"""One run of tests in a sandbox, and what can be believed of its report."""

from __future__ import annotations

import functools
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.resources import files as resource_files

from palestra.envs.swe.task import TestCommand, TestLimits
from palestra.sandboxes import Kind, Limits, Program, PythonScript, RunResult, Sandbox, Snapshot, Status

_REPORT_BYTES = 96 << 20
_DISK_BYTES = 512 << 20
_INODES = 65_536
_PHASES = ("setup", "call", "teardown")
_RAN_OUT = {Status.TLE_CPU, Status.TLE_WALL}


class TestOutcome(StrEnum):
    """What became of a test."""

    __test__ = False

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    """Skipped, or expected to fail: never counts as passed."""


class RunEnding(StrEnum):
    """How a run of tests ended."""

    COMPLETE = "complete"
    CUT = "cut"
    """The tests' process ended before its end."""
    TIMEOUT = "timeout"
    FORGED = "forged"
    """Something else than one honest report came back."""
    INFRA = "infra"


@dataclass(frozen=True, kw_only=True, slots=True)
class TestRun:
    """What a run of tests came to."""

    __test__ = False

    ending: RunEnding
    detail: str = ""
    outcomes: Mapping[str, TestOutcome] = field(default_factory=dict)
    """By node id: every test that was collected and came to an end."""
    messages: Mapping[str, str] = field(default_factory=dict)
    """What pytest prints of a failed test, and of a file that cannot be read."""
    seen: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """By number of a withheld value: the digests of what it was compared with."""
    seconds: Mapping[str, float] = field(default_factory=dict, compare=False)
    """How long each test took."""
    cpu_s: float = field(default=0.0, compare=False)
    wall_s: float = field(default=0.0, compare=False)

    def passed(self, ids: Sequence[str]) -> int:
        """How many of these tests passed."""
        return sum(self.outcomes.get(name) is TestOutcome.PASSED for name in ids)


async def run_tests(
    sandbox: Sandbox,
    files: Snapshot,
    test: TestCommand,
    *,
    ids: Sequence[str] = (),
    limits: TestLimits = TestLimits(),  # noqa: B008  frozen
) -> TestRun:
    """Run tests of a repository in a fresh place.

    Args:
        sandbox: Where; it must show pytest and the packages that the tests need.
        files: The repository.
        test: How.
        ids: Node ids, of tests or of functions with all that they are called with, in the order in which they are
            to run; all tests by default.
        limits: Of the whole run.
    """
    nonce = secrets.token_hex(32)
    result = await sandbox.run(_program(files, test, ids, nonce), _limits(limits))
    return read_report(result, nonce)


def read_report(result: RunResult, nonce: str) -> TestRun:
    """What a finished run says, if it is to be believed."""
    base = TestRun(ending=RunEnding.CUT, cpu_s=result.cpu_s, wall_s=result.wall_s)
    if result.status is Status.INFRA:
        return _with(base, RunEnding.INFRA, result.detail)
    if result.status in _RAN_OUT:
        return _with(base, RunEnding.TIMEOUT, f"the tests ran out of their time ({result.status})")
    if result.status is not Status.OK:
        return _with(base, RunEnding.CUT, f"the run of the tests ended with {result.status}")
    head, line_end, rest = result.stdout.partition(b"\n")
    if not head.startswith(nonce.encode()) or not line_end or rest:
        return _with(base, RunEnding.FORGED, "something else than one report came back")
    report = json.loads(head[len(nonce) :])  # ours: the runner has written it
    return _Reader(base).read(report["lines"], report["code"])


class _Reader:
    """Checks the lines that the tests' process has sent: any of them may come from foreign code."""

    def __init__(self, base: TestRun) -> None:
        self._base = base
        self._is_ready = False
        self._collected: list[str] | None = None
        self._phases: dict[str, list[tuple[str, str]]] = {}
        self._messages: dict[str, str] = {}
        self._seconds: dict[str, float] = {}
        self._seen: dict[int, set[str]] = {}
        self._end: tuple[int, list[str]] | None = None

    def read(self, lines: Sequence[str], code: int | None) -> TestRun:
        try:
            for line in lines:
                if line:
                    self._take(json.loads(line))
        except (ValueError, TypeError, IndexError, RecursionError) as error:
            return _with(self._base, RunEnding.FORGED, f"the report cannot be read: {error!s:.100}")
        if not self._is_ready:
            return _with(self._base, RunEnding.INFRA, "pytest cannot be loaded in the sandbox")
        if self._end is None:
            is_claimed = code == 0
            ending = RunEnding.FORGED if is_claimed else RunEnding.CUT
            return _with(self._base, ending, f"the tests' process ended early, with exit code {code}")
        if self._end[0] != code or lines[-1]:
            return _with(self._base, RunEnding.FORGED, f"pytest said {self._end[0]}, its process {code}")
        if self._end[1]:
            return _with(self._base, RunEnding.FORGED, f"the machinery of the tests was changed: {self._end[1][:3]}")
        outcomes = {name: _outcome(phases) for name, phases in self._phases.items()}
        has_failed = bool(self._messages) or TestOutcome.FAILED in outcomes.values()
        if code == 0 and has_failed:
            return _with(self._base, RunEnding.FORGED, "pytest ended well although tests failed")
        return TestRun(
            ending=RunEnding.COMPLETE,
            outcomes=outcomes,
            messages=self._messages,
            seen={number: frozenset(digests) for number, digests in self._seen.items()},
            seconds=self._seconds,
            cpu_s=self._base.cpu_s,
            wall_s=self._base.wall_s,
        )

    def _take(self, event: list[object]) -> None:
        if self._end is not None:
            raise ValueError("more after the end")
        match event:
            case ["ready"] if not self._is_ready:
                self._is_ready = True
            case ["collected", list(ids)] if self._collected is None:
                self._collected = [str(name) for name in ids]
            case ["broken", str(name), str(message)]:
                self._messages[name] = message
            case ["test", str(name), str(when), str(outcome), float(seconds), str(message)]:
                self._take_phase(name, when, outcome)
                self._seconds[name] = self._seconds.get(name, 0.0) + seconds
                if message:
                    self._messages[name] = message
            case ["seen", int(number), str(found)]:
                self._seen.setdefault(number, set()).add(found)
            case ["end", int(code), list(changed)]:
                self._end = (code, [str(name) for name in changed])
            case _:
                raise ValueError("an event that no run has, or one twice")

    def _take_phase(self, name: str, when: str, outcome: str) -> None:
        phases = self._phases.setdefault(name, [])
        if self._collected is None or name not in self._collected:
            raise ValueError("a test that was not collected")
        # Subtests report their own calls; every other phase comes once, in order.
        if when not in _PHASES or (phases and _PHASES.index(when) < _PHASES.index(phases[-1][0])):
            raise ValueError("phases of a test out of order")
        if phases and when == phases[-1][0] and when != "call":
            raise ValueError("a phase of a test twice")
        phases.append((when, outcome))


def _outcome(phases: Sequence[tuple[str, str]]) -> TestOutcome:
    outcomes = [outcome for _, outcome in phases]
    if "failed" in outcomes:
        return TestOutcome.FAILED
    is_whole = {when for when, _ in phases} == set(_PHASES)
    if is_whole and all(outcome == "passed" for outcome in outcomes):
        return TestOutcome.PASSED
    return TestOutcome.SKIPPED if {"skipped", "xfail"} & set(outcomes) else TestOutcome.FAILED


def _with(base: TestRun, ending: RunEnding, detail: str) -> TestRun:
    return TestRun(ending=ending, detail=detail, cpu_s=base.cpu_s, wall_s=base.wall_s)


def _program(files: Snapshot, test: TestCommand, ids: Sequence[str], nonce: str) -> Program:
    contents, links, modes = {}, {}, {}
    for path, entry in files.entries.items():
        if entry.kind is Kind.FILE:
            contents[f"repo/{path}"] = entry.content
            if entry.mode & 0o100:
                modes[f"repo/{path}"] = 0o755
        elif entry.kind is Kind.LINK:
            links[f"repo/{path}"] = entry.target
    settings = "".join(f"{name} = {' '.join(value.split())}\n" for name, value in test.ini.items())
    request = {
        "nonce": nonce,
        "links": links,
        "modes": modes,
        "roots": list(test.roots),
        "ids": list(ids),
        "args": _arguments(test, ids),
    }
    return Program(
        entry=PythonScript(source=_source()),
        stdin=json.dumps(request).encode("ascii"),
        files={**contents, "pinned.ini": f"[pytest]\n{settings}".encode()},
    )


def _arguments(test: TestCommand, ids: Sequence[str]) -> list[str]:
    paths = dict.fromkeys(name.partition("::")[0] for name in ids)
    fixed = ("-c", "../pinned.ini", "--rootdir=.", "-p", "no:cacheprovider", "--assert=plain", "-q", "--color=no")
    return [*fixed, *test.options, *paths]


def _limits(limits: TestLimits) -> Limits:
    return Limits(
        cpu_s=limits.cpu_s,
        wall_s=limits.wall_s,
        memory_bytes=limits.memory_bytes,
        output_bytes=_REPORT_BYTES,
        disk_bytes=_DISK_BYTES,
        inodes=_INODES,
        file_bytes=64 << 20,
    )


@functools.cache
def _source() -> str:
    return resource_files("palestra.envs.swe.grader.inside").joinpath("run_tests.py").read_text()
