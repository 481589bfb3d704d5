"""An attack as a value: a hostile program, the one right end of it, and the evidence that it was held."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from palestra.sandboxes.attacks.host import Host
from palestra.sandboxes.limits import Limits
from palestra.sandboxes.program import Command, Program, PythonScript
from palestra.sandboxes.report import Property
from palestra.sandboxes.result import RunResult, Status
from palestra.sandboxes.sandbox import Sandbox

_FOLDER = Path(__file__).parent / "programs"
_EVIDENCE_CHARS = 160
_MANY = 6  # tries that are counted instead of named
_USUAL = Limits(cpu_s=5.0, wall_s=20.0)
_PATIENT = Limits(cpu_s=10.0, wall_s=60.0)
_HONEST = Program.python("print(6 * 7)")

STRICT = Limits(cpu_s=1.0, wall_s=4.0, memory_bytes=128 << 20, pids=24, disk_bytes=16 << 20, inodes=512)
"""Limits that an attack on resources runs into within seconds."""


class Outcome(StrEnum):
    """What came of an attack."""

    HELD = "held"
    BROKEN = "broken"
    SKIPPED = "skipped"
    """It could not be tried: the sandbox has no such tool."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What came of one attack on one sandbox."""

    attack: str
    proves: Property
    how: str
    outcome: Outcome
    evidence: str
    """What was refused, or what was broken and how."""

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        return {
            "attack": self.attack,
            "proves": self.proves.value,
            "how": self.how,
            "outcome": self.outcome.value,
            "evidence": self.evidence,
        }


Judge = Callable[[RunResult], str]
"""What a result shows to be broken; empty if nothing is."""


class Trial(Protocol):
    """What can be played against a sandbox."""

    @property
    def name(self) -> str:
        """One word or two; unique."""

    @property
    def proves(self) -> Property:
        """The promise that it attacks."""

    @property
    def how(self) -> str:
        """The attack in one phrase."""

    @property
    def needs(self) -> frozenset[Property]:
        """Without these promises it could harm the host, and is not played."""

    def play(self, sandbox: Sandbox, host: Host) -> Finding:
        """Play it, and see what the sandbox and the host have to say."""


def script(name: str, preface: str = "") -> str:
    """The source of a hostile program beside this file, with what they all share before it."""
    return data("shared.py") + preface + data(f"{name}.py")


def data(name: str) -> str:
    """A file of the folder `programs`."""
    # Their names end in .txt: nothing that collects modules or tests may ever run one.
    return (_FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def reported(result: RunResult) -> str:
    """Broken unless the program came to its end: else it may just not have tried."""
    ended = b"\nDONE\n" in b"\n" + result.stdout or result.status is Status.SECCOMP
    return "" if ended else f"the program did not finish: {_last_line(result.stderr) or result.detail}"


def ended(_: RunResult) -> str:
    """The right status is all that is asked."""
    return ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attack:
    """One hostile program, or two: one that leaves something and one that looks for it.

    Broken if the status is none of the right ones, a secret of the host is in the output, the program says
    BREACH, the host was reached or changed, or an honest job after it does not run as if nothing had been.
    """

    name: str
    proves: Property
    how: str
    source: str
    """Python; the clues of the host are its standard input."""
    argv: tuple[str, ...] = ()
    """A command instead, with `source` as its file `attack`."""
    limits: Limits = _USUAL
    statuses: frozenset[Status] = frozenset({Status.OK, Status.SECCOMP})
    held: Judge = reported
    then: str = ""
    """Python source of the next job; it must be OK and come to its end."""
    tool: str = ""
    """An executable that the sandbox must have for it."""
    needs: frozenset[Property] = frozenset()

    def play(self, sandbox: Sandbox, host: Host) -> Finding:
        """Run it, then look for the damage."""
        if self.tool and not has_tool(sandbox, self.tool):
            return finding(self, Outcome.SKIPPED, f"there is no `{self.tool}` in the sandbox")
        host.damage()  # of an attack before
        result = sandbox.run_sync(self._program(host), self.limits)
        faults = [self._status_fault(result), *breaches(result, host), self.held(result)]
        if self.then:
            later = sandbox.run_sync(_python(self.then, host), _PATIENT)
            faults += [f"next job: {fault}" for fault in (_not_ok(later), *breaches(later, host)) if fault]
        faults += [host.damage(), _aftermath(sandbox)]
        broken = "; ".join(fault for fault in faults if fault)
        return finding(self, Outcome.BROKEN if broken else Outcome.HELD, broken or _evidence(result))

    def _program(self, host: Host) -> Program:
        if self.argv:
            files = {"attack": self.source.encode(), "clues": host.clues}
            return Program(entry=Command(argv=self.argv), files=files)
        return _python(self.source, host)

    def _status_fault(self, result: RunResult) -> str:
        if result.status in self.statuses:
            return ""
        right = " or ".join(sorted(self.statuses))
        return f"status {result.status} ({result.detail or _last_line(result.stderr)}) where {right} is right"


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """Looks from the host at the user id that a program really has."""

    name: str
    proves: Property
    how: str
    needs: frozenset[Property] = frozenset()

    def play(self, sandbox: Sandbox, host: Host) -> Finding:
        """Run a program that gives itself a name, and find it in the host's list of processes."""
        source = script("identity").replace("TOKEN", host.token)
        results: list[RunResult] = []
        job = threading.Thread(target=lambda: results.append(sandbox.run_sync(Program.python(source), _PATIENT)))
        job.start()
        seen: set[int] = set()
        while job.is_alive():
            if (uid := host.uid_of(host.token)) is not None:
                seen.add(uid)
            job.join(0.05)
        fault = "it is root on the host" if 0 in seen else "".join(_not_ok(result) for result in results)
        evidence = f"host user id {', '.join(map(str, sorted(seen)))}" if seen else "not even seen by the host"
        return finding(self, Outcome.BROKEN if fault else Outcome.HELD, fault or evidence)


def finding(trial: Trial, outcome: Outcome, evidence: str) -> Finding:
    """The finding of a trial, its evidence cut to one line."""
    line = " ".join(evidence.split())
    line = line if len(line) <= _EVIDENCE_CHARS else line[: _EVIDENCE_CHARS - 3] + "..."
    return Finding(attack=trial.name, proves=trial.proves, how=trial.how, outcome=outcome, evidence=line)


def breaches(result: RunResult, host: Host) -> list[str]:
    """What a program's output gives away."""
    output = result.stdout + b"\n" + result.stderr
    said = [line[7:].decode("utf-8", "replace") for line in output.splitlines() if line.startswith(b"BREACH ")]
    leaked = host.leaks(output)
    return [*said, *([f"read the host's secret: {leaked}"] if leaked else [])]


def has_tool(sandbox: Sandbox, tool: str) -> bool:
    """Whether an executable is inside."""
    probe = Program.command("sh", "-c", f"command -v {tool}")
    return sandbox.run_sync(probe, _PATIENT).status is Status.OK


def _python(source: str, host: Host) -> Program:
    return Program(entry=PythonScript(source=source), stdin=host.clues)


def _aftermath(sandbox: Sandbox) -> str:
    result = sandbox.run_sync(_HONEST, _PATIENT)
    clean = (result.status, result.stdout, result.stderr) == (Status.OK, b"42\n", b"")
    return "" if clean else f"the honest job after it ended with {result.status} {result.detail}"


def _not_ok(result: RunResult) -> str:
    if result.status is not Status.OK:
        return f"{result.status} {result.detail} {_last_line(result.stderr)}"
    return reported(result)


def _evidence(result: RunResult) -> str:
    if result.status is not Status.OK:
        return f"{result.status}: {result.detail}"
    lines = [line.decode("utf-8", "replace") for line in result.stdout.splitlines() if line.startswith(b"held ")]
    if len(lines) < _MANY:
        return "; ".join(line[5:] for line in lines) or "ended as it should"
    reasons = Counter(line.rpartition(": ")[2] for line in lines)
    return f"{len(lines)} tries: " + ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())


def _last_line(text: bytes) -> str:
    return text.rstrip().rsplit(b"\n", 1)[-1].decode("utf-8", "replace")
