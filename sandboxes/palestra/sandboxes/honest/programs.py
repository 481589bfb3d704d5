"""What an honest program is: a program, and all that is known of its result."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from palestra.sandboxes.limits import Limits
from palestra.sandboxes.program import Program
from palestra.sandboxes.report import Level
from palestra.sandboxes.result import RunResult, Status

ROOMY = Limits(cpu_s=20.0, wall_s=120.0)
"""Limits that no honest program of ours comes near, on any machine and under any load."""

_MAIN = re.compile(rb'File "[^"\n]*/main\.py"')


class Repeat(Enum):
    """How the outputs of two runs compare."""

    SAME = auto()
    DIFFERENT = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class HonestProgram:
    """A program that stays inside its limits, with its right result."""

    name: str
    program: Program
    limits: Limits = ROOMY
    status: Status = Status.OK
    exit_code: int | None = 0
    signal: int | None = None
    stdout: bytes | None = b""
    """None where it differs from run to run, or the interpreter's version matters."""
    stderr: bytes | None = b""
    """None where it differs; the folder of `main.py` is taken out of tracebacks before comparing."""
    repeat: Repeat | None = None
    """What a second run must give."""
    tool: str = ""
    """An executable that it needs inside."""
    module: str = ""
    """A Python module that it needs inside."""
    level: Level = Level.NONE
    """A back end below it may lack what the program takes, such as shared memory or a network of its own."""

    def fault(self, result: RunResult) -> str:
        """What is wrong with a result; empty if nothing is."""
        found = (result.status, result.exit_code, result.signal)
        if found != (self.status, self.exit_code, self.signal):
            return f"ended with {found}: {result.detail} {result.stderr[-200:]!r}"
        if self.stdout is not None and result.stdout != self.stdout:
            return f"stdout is {result.stdout!r:.200} where {self.stdout!r:.200} is right"
        if self.stderr is not None and plain(result.stderr) != self.stderr:
            return f"stderr is {plain(result.stderr)!r:.300} where {self.stderr!r:.300} is right"
        return ""

    def essence(self, result: RunResult) -> tuple[object, ...]:
        """What every back end must give alike."""
        return (
            result.status,
            result.exit_code,
            result.signal,
            None if self.stdout is None else result.stdout,
            None if self.stderr is None else plain(result.stderr),
        )


def plain(stderr: bytes) -> bytes:
    """Standard error without the folder that the program ran in."""
    return _MAIN.sub(b'File "main.py"', stderr)


def python(name: str, source: str, stdout: str | None = "", *, stdin: bytes = b"") -> HonestProgram:
    """A Python program that ends well; `stdout` without its last line feed."""
    expected = None if stdout is None else f"{stdout}\n".encode() if stdout else b""
    return HonestProgram(name=name, program=Program.python(source, stdin=stdin), stdout=expected)
