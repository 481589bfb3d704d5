"""One program in a container: its start, its limits while it runs, and the evidence of its end."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from palestra.sandboxes.docker.container import Container
from palestra.sandboxes.docker.counters import WORK, Counts
from palestra.sandboxes.docker.inside import READY, archive_of, clearing, run_command
from palestra.sandboxes.docker.process import Process
from palestra.sandboxes.docker.wire import Wire
from palestra.sandboxes.ending import Ending, Stop
from palestra.sandboxes.errors import SandboxFileError, SandboxUnavailableError
from palestra.sandboxes.limits import Limits
from palestra.sandboxes.program import PYTHON_ENV, Program, PythonScript

_START_S = 60.0
_DRAIN_S = 2.0  # for output that is on its way when the program is dead
_ASK_S = 0.5
_NO_SPACE = b"No space left on device"
_KILLED = -9


@dataclass(frozen=True, kw_only=True, slots=True)
class Interpreter:
    """What the image offers to programs."""

    python: str
    path: str


class Turn:
    """One run of one program in a container that runs nothing else meanwhile."""

    def __init__(self, container: Container, limits: Limits, cancelled: threading.Event) -> None:
        self._container, self._limits, self._cancelled = container, limits, cancelled
        self._before = Counts()
        self._start = time.monotonic()

    def run(self, program: Program, interpreter: Interpreter) -> Ending:
        """Run it to its end, after which no process of it is left.

        Raises:
            SandboxUnavailableError: The container or the daemon fails.
            SandboxFileError: The program's files cannot be laid.
        """
        limits = self._limits
        argv, env, files = _parts(program, interpreter)
        archive = archive_of(files)
        command = run_command(argv, env, clearing(files), limits)
        self._container.set_limits(limits)
        most = limits.output_bytes
        with self._container.process(command, max_stdout=most, max_stderr=most) as (process, wire):
            wire.send(b"%d\n" % len(archive) + archive)
            stopped_for = self._lay(wire)
            if stopped_for is None:
                process.hold()
                self._before = self._container.counters.read()
                self._start = time.monotonic()
                wire.send(b"\n" + program.stdin, is_last=True)
                stopped_for = self._watch(wire, process)
            self._container.kill()
            code = self._code(wire, process)
            if code == _KILLED and stopped_for is None:
                self._container.check_alive()
        return self._ending(wire, code, stopped_for)

    def _lay(self, wire: Wire) -> Stop | None:
        """Wait until the files are there; a disk that they fill is the program's own end."""
        deadline = time.monotonic() + _START_S
        while READY not in wire.stdout.kept:
            wire.pump(0.1)
            if wire.is_ended:
                words = bytes(wire.stderr.kept) + bytes(wire.stdout.kept)
                if _NO_SPACE in words or self._container.counters.is_disk_full(self._limits):
                    return Stop.DISK
                if words:
                    raise SandboxFileError(f"the program's files cannot be laid: {_text(words)}")
                raise SandboxUnavailableError(
                    "the container runs no shell\n\nhint: the image needs sh, env, head and tar"
                )
            if time.monotonic() > deadline or self._cancelled.is_set():
                raise SandboxUnavailableError("the container did not start a process in time")
        wire.forget()
        self._container.counters.forget_peak()
        return None

    def _watch(self, wire: Wire, process: Process) -> Stop | None:
        """Move bytes until the program has ended or has to."""
        next_look = next_question = time.monotonic()
        while not wire.is_ended:
            is_busy = wire.pump(self._container.counters.interval_s)
            now = time.monotonic()
            if wire.stdout.is_over or wire.stderr.is_over:
                return Stop.OUTPUT
            if now - self._start > self._limits.wall_s or self._cancelled.is_set():
                return Stop.WALL
            if now >= next_look:
                next_look = now + self._container.counters.interval_s
                if stop := self._passed_limit():
                    return stop
            # Somebody else may hold the program's output open: its end is then seen by asking only.
            if not is_busy:
                if process.has_ended():
                    return None
                if now >= next_question + _ASK_S:
                    next_question = now
                    if process.code() is not None:
                        return None
        return None

    def _passed_limit(self) -> Stop | None:
        counts = self._counts()
        if counts.oom_kills > 0:
            return Stop.MEMORY
        if counts.cpu_s > self._limits.cpu_s:
            return Stop.CPU
        return Stop.DISK if self._container.counters.is_disk_passed(self._limits) else None

    def _code(self, wire: Wire, process: Process) -> int:
        """The exit code as the daemon gives it, once all output has come."""
        deadline = time.monotonic() + _DRAIN_S
        while not wire.is_ended and time.monotonic() < deadline:
            wire.pump(0.05)
        return process.wait()

    def _ending(self, wire: Wire, code: int, stopped_for: Stop | None) -> Ending:
        counts, limits = self._counts(), self._limits
        return Ending(
            code=code if stopped_for is None else _KILLED,
            stopped_for=stopped_for,
            cpu_s=counts.cpu_s,
            wall_s=time.monotonic() - self._start,
            peak_memory_bytes=counts.peak_memory_bytes,
            oom_kills=counts.oom_kills,
            pids_refused=counts.pids_refused,
            disk_full=self._container.counters.is_disk_full(limits),
            stdout=bytes(wire.stdout.kept),
            stderr=bytes(wire.stderr.kept),
            stdout_truncated=wire.stdout.is_over,
            stderr_truncated=wire.stderr.is_over,
        )

    def _counts(self) -> Counts:
        """What was counted since the start."""
        try:
            now = self._container.counters.read()
        except (OSError, ValueError) as error:
            raise SandboxUnavailableError(f"the container is gone: {error}") from error
        before = self._before
        return Counts(
            cpu_s=max(0.0, now.cpu_s - before.cpu_s),
            peak_memory_bytes=now.peak_memory_bytes,
            oom_kills=now.oom_kills - before.oom_kills,
            pids_refused=now.pids_refused - before.pids_refused,
        )


def _parts(program: Program, interpreter: Interpreter) -> tuple[tuple[str, ...], dict[str, str], dict[str, bytes]]:
    env = {"PATH": interpreter.path, "HOME": WORK, "LANG": "C.UTF-8"}
    files = dict(program.files)
    if isinstance(program.entry, PythonScript):
        files["main.py"] = program.entry.source_bytes
        return program.entry.command(interpreter.python).argv, {**env, **PYTHON_ENV, **program.env}, files
    return program.entry.argv, {**env, **program.env}, files


def _text(words: bytes) -> str:
    return words.decode("utf-8", "replace").strip()[:500]
