"""Plain child processes with resource limits: no isolation, so only for code that you trust.

Covered: an own folder, session and environment; caps on output, CPU seconds, memory, file size and open
files of each process; a wall fuse; every process that stays in the session is killed at the end.
Not covered: reading and writing the host's files, the network, other processes of the same user, children
that start a session of their own, the sum over many children (CPU is summed when they end), fork bombs
(the wall fuse ends one that stays in its session). The report claims none of these.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import resource
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

from palestra.sandboxes.capture import Capture
from palestra.sandboxes.errors import SandboxUnavailableError
from palestra.sandboxes.limits import Limits
from palestra.sandboxes.result import BackendReport, RunResult, Status
from palestra.sandboxes.sandbox import Program

_REPORT = BackendReport(name="subprocess", isolates=frozenset({"env", "output", "memory"}))
_PATH = "/usr/local/bin:/usr/bin:/bin"
_MAX_FUSE_STRETCH = 4  # a starved program gets at most so many times its wall seconds

# The shell waits for one line on its input until its limits are set from outside, then becomes the
# program. It reads byte by byte, as POSIX demands, so the program finds its own input untouched.
_LAUNCHER = ("/bin/sh", "-c", 'read -r _ && exec "$@"', "sh")

_warned = threading.Event()


class SubprocessSandbox:
    """Runs programs as plain child processes. Only for programs that you would run by hand.

    The first one of a process warns.
    """

    def __init__(self, *, allow_unsafe: bool = False) -> None:
        if not allow_unsafe:
            raise SandboxUnavailableError(
                "the `subprocess` sandbox isolates nothing from this machine's files and network\n\n"
                "hint: SubprocessSandbox(allow_unsafe=True), for programs that you trust"
            )
        if not _warned.is_set():
            _warned.set()
            warnings.warn(
                "the `subprocess` sandbox runs programs with your rights to files and network", RuntimeWarning, 2
            )

    @property
    def report(self) -> BackendReport:
        """What holds here: an own environment, capped output, and the memory of each process."""
        return _REPORT

    async def run(self, program: Program, limits: Limits = Limits()) -> RunResult:  # noqa: B008  frozen
        """Run one program in a fresh folder and wait for its end; a cancelled call kills it."""
        cancelled = threading.Event()
        try:
            return await asyncio.to_thread(_run, program, limits, cancelled)
        except asyncio.CancelledError:
            cancelled.set()
            raise


def _run(program: Program, limits: Limits, cancelled: threading.Event) -> RunResult:
    start = time.monotonic()
    folder = ""
    try:
        folder = tempfile.mkdtemp(prefix="palestra-")
        _lay_files(Path(folder), program)
        return _run_in(folder, program, limits, cancelled)
    except OSError as error:
        return RunResult(
            status=Status.INFRA,
            exit_code=None,
            stdout=b"",
            stderr=b"",
            cpu_s=0.0,
            wall_s=time.monotonic() - start,
            peak_memory_bytes=0,
            backend=_REPORT,
            detail=f"the sandbox failed: {error}",
        )
    finally:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)


def _lay_files(folder: Path, program: Program) -> None:
    for path, content in program.files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _run_in(folder: str, program: Program, limits: Limits, cancelled: threading.Event) -> RunResult:
    start = time.monotonic()
    process = _start(folder, program)
    fuse = _Fuse(process.pid, start, limits.wall_s, cancelled)
    try:
        _set_limits(process.pid, limits)
        capture = Capture(process, b"\n" + program.stdin, limits.output_bytes)
        capture.pump(fuse.is_blown, lambda: _kill_session(process.pid))
    finally:
        _kill_session(process.pid)
        _, wait_status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(wait_status)  # or Popen would wait again and complain
    end = _End(
        code=process.returncode,
        cpu_s=usage.ru_utime + usage.ru_stime,
        overflowed=capture.overflowed,
        fuse_blown=fuse.blown,
        stderr=capture.stderr,
    )
    status, detail = _judge(end, limits)
    return RunResult(
        status=status,
        exit_code=end.code if end.code >= 0 else None,
        stdout=capture.stdout,
        stderr=end.stderr,
        cpu_s=end.cpu_s,
        wall_s=time.monotonic() - start,
        peak_memory_bytes=usage.ru_maxrss * 1024,
        backend=_REPORT,
        detail=detail,
        stdout_truncated=capture.stdout_truncated,
        stderr_truncated=capture.stderr_truncated,
    )


def _start(folder: str, program: Program) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*_LAUNCHER, *program.argv],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        cwd=folder,
        env={"PATH": _PATH, "HOME": folder, "LANG": "C.UTF-8", **program.env},
        start_new_session=True,
    )


def _set_limits(pid: int, limits: Limits) -> None:
    """Limit the waiting launcher; the program inherits it."""
    # From outside, since code of ours between fork and exec could deadlock in a process with threads.
    cpu_s = math.ceil(limits.cpu_s)
    for kind, soft, hard in (
        (resource.RLIMIT_CPU, cpu_s, cpu_s + 1),
        (resource.RLIMIT_AS, limits.memory_bytes, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.file_bytes, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files, limits.open_files),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        resource.prlimit(pid, kind, (soft, hard))


def _kill_session(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


class _Fuse:
    """The wall clock of one program, without the time that it waited for a free core."""

    def __init__(self, pid: int, start: float, wall_s: float, cancelled: threading.Event) -> None:
        self._schedstat = Path(f"/proc/{pid}/schedstat")
        self._start, self._wall_s = start, wall_s
        self._cancelled = cancelled
        self.blown = False

    def is_blown(self) -> bool:
        """Whether the program has to be killed now."""
        elapsed = time.monotonic() - self._start
        if elapsed > self._wall_s and not self.blown:
            self.blown = elapsed - self._starved_s() > self._wall_s or elapsed > _MAX_FUSE_STRETCH * self._wall_s
        return self.blown or self._cancelled.is_set()

    def _starved_s(self) -> float:
        try:
            return int(self._schedstat.read_text().split()[1]) / 1e9
        except (OSError, ValueError, IndexError):  # not every kernel counts it
            return 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class _End:
    """What is known about a process that has ended."""

    code: int
    cpu_s: float
    overflowed: bool
    fuse_blown: bool
    stderr: bytes


def _judge(end: _End, limits: Limits) -> tuple[Status, str]:
    """The one reason for the end, and a sentence about it."""
    if end.overflowed:
        return Status.OLE, f"more than {limits.output_bytes} bytes of output"
    if end.cpu_s > limits.cpu_s or -end.code == signal.SIGXCPU:
        return Status.TLE_CPU, f"{end.cpu_s:.2f} CPU seconds; the limit is {limits.cpu_s}"
    if end.fuse_blown:
        return Status.TLE_WALL, f"still alive after {limits.wall_s} seconds"
    if -end.code == signal.SIGXFSZ:
        return Status.DISK, f"a file of more than {limits.file_bytes} bytes"
    if end.code < 0:
        return Status.SIGNAL, f"ended by signal {-end.code} ({signal.Signals(-end.code).name})"
    if end.code > 0:
        # A limit on address space shows as a failed allocation only; the interpreter's last word names it.
        if end.stderr.rstrip().rsplit(b"\n", 1)[-1].startswith(b"MemoryError"):
            return Status.MLE, f"asked for more than {limits.memory_bytes} bytes"
        return Status.NONZERO, f"exit code {end.code}"
    return Status.OK, ""
