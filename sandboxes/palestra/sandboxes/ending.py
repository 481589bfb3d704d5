"""From the evidence that the kernel gives to the one status of a run: the same rule for every back end."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from enum import Enum, auto

from palestra.sandboxes.limits import Limits
from palestra.sandboxes.report import BackendReport
from palestra.sandboxes.result import RunResult, Status


class Stop(Enum):
    """Why the sandbox itself ended a program."""

    CPU = auto()
    WALL = auto()
    MEMORY = auto()
    PIDS = auto()
    OUTPUT = auto()
    DISK = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """What is known about a program that has ended: wait status, counters and output."""

    code: int
    """The exit code, or minus the signal, as `os.waitstatus_to_exitcode` gives it."""
    stopped_for: Stop | None = None
    """Set when the sandbox killed it."""
    cpu_s: float
    wall_s: float
    peak_memory_bytes: int = 0
    oom_kills: int = 0
    pids_refused: int = 0
    disk_full: bool = False
    """Whether no byte or no inode was left at the end."""
    stdout: bytes = b""
    stderr: bytes = b""
    stdout_truncated: bool = False
    stderr_truncated: bool = False

    def result(self, limits: Limits, backend: BackendReport) -> RunResult:
        """The run's result under the limits that it had."""
        status, detail = self._judge(limits)
        return RunResult(
            status=status,
            exit_code=self.code if self.code >= 0 else None,
            signal=-self.code if self.code < 0 else None,
            stdout=self.stdout,
            stderr=self.stderr,
            stdout_truncated=self.stdout_truncated,
            stderr_truncated=self.stderr_truncated,
            cpu_s=self.cpu_s,
            wall_s=self.wall_s,
            peak_memory_bytes=self.peak_memory_bytes,
            oom_kills=self.oom_kills,
            pids_refused=self.pids_refused,
            backend=backend,
            detail=detail,
        )

    def _judge(self, limits: Limits) -> tuple[Status, str]:
        # Limits come before the exit code: a program may outlive a child that burnt the memory, and print "pass".
        return self._judge_limits(limits) or self._judge_words(limits) or self._judge_code()

    def _judge_limits(self, limits: Limits) -> tuple[Status, str] | None:
        stop, signal_number = self.stopped_for, -self.code
        if self.stdout_truncated or self.stderr_truncated or stop is Stop.OUTPUT:
            return Status.OLE, f"more than {limits.output_bytes} bytes of output"
        if self.oom_kills or stop is Stop.MEMORY:
            return Status.MLE, f"more than {limits.memory_bytes} bytes of memory ({self.oom_kills} processes killed)"
        if self.pids_refused or stop is Stop.PIDS:
            return Status.PIDS, f"more than {limits.pids} processes and threads"
        if self.cpu_s > limits.cpu_s or stop is Stop.CPU or signal_number == signal.SIGXCPU:
            return Status.TLE_CPU, f"{self.cpu_s:.2f} CPU seconds; the limit is {limits.cpu_s}"
        if stop is Stop.WALL:
            return Status.TLE_WALL, f"still alive after {limits.wall_s} seconds"
        if signal_number == signal.SIGSYS:
            return Status.SECCOMP, "it made a forbidden system call"
        if signal_number == signal.SIGXFSZ:
            return Status.DISK, f"a file of more than {limits.file_bytes} bytes"
        if self.disk_full or stop is Stop.DISK:
            return Status.DISK, f"{limits.disk_bytes} bytes or {limits.inodes} files are full"
        return None

    def _judge_words(self, limits: Limits) -> tuple[Status, str] | None:
        """A refused request shows as an error that the program did not catch: an interpreter's last line names it."""
        if self.code <= 0:
            return None
        last = self.stderr.rstrip().rsplit(b"\n", 1)[-1]
        if last.startswith(b"MemoryError"):
            return Status.MLE, f"asked for more than {limits.memory_bytes} bytes of memory"
        if last.startswith((b"OSError: [Errno 27]", b"OSError: [Errno 28]")):
            return Status.DISK, "a file or the disk was full"
        if last.startswith((b"BlockingIOError: [Errno 11]", b"RuntimeError: can't start new thread")):
            return Status.PIDS, f"asked for more than {limits.pids} processes and threads"
        return None

    def _judge_code(self) -> tuple[Status, str]:
        if self.code < 0:
            return Status.SIGNAL, f"ended by signal {-self.code} ({_signal_name(-self.code)})"
        if self.code > 0:
            return Status.NONZERO, f"exit code {self.code}"
        return Status.OK, ""


def failure(what: str, backend: BackendReport, wall_s: float = 0.0) -> RunResult:
    """A result that says that the sandbox failed, and nothing about the program."""
    return RunResult(
        status=Status.INFRA,
        exit_code=None,
        stdout=b"",
        stderr=b"",
        cpu_s=0.0,
        wall_s=wall_s,
        peak_memory_bytes=0,
        backend=backend,
        detail=f"the sandbox failed: {what}",
    )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"SIG{number}"
