"""How a run ended, as a value: programs fail, sandboxes do not raise."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from palestra.sandboxes.report import BackendReport


class Status(StrEnum):
    """The one reason why a program's run is over."""

    OK = "OK"
    """Exit code 0 inside every limit."""
    NONZERO = "NONZERO"
    """The program ended itself with another exit code."""
    SIGNAL = "SIGNAL"
    """A signal ended it that no limit of ours had sent."""
    TLE_CPU = "TLE_CPU"
    """It used up its CPU seconds."""
    TLE_WALL = "TLE_WALL"
    """It slept or waited past the wall fuse."""
    MLE = "MLE"
    """It, or a child of it, asked for more memory than allowed."""
    OLE = "OLE"
    """It wrote more output than allowed."""
    PIDS = "PIDS"
    """It asked for more processes than allowed."""
    DISK = "DISK"
    """It filled its disk space or wrote a file past the limit."""
    SECCOMP = "SECCOMP"
    """It made a system call that no honest program makes."""
    INFRA = "INFRA"
    """The sandbox itself failed: says nothing about the program. Retry, then mask the sample."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunResult:
    r"""Everything the host may know about a finished run.

    >>> import warnings
    >>> from palestra.sandboxes import Program, SubprocessSandbox
    >>> warnings.simplefilter("ignore")  # this back end warns that it isolates nothing
    >>> SubprocessSandbox(allow_unsafe=True).run_sync(Program.python("print(6 * 7)")).stdout
    b'42\n'
    """

    status: Status
    exit_code: int | None
    """The exit code; None when a signal or the sandbox ended the program."""
    signal: int | None = None
    """The signal that ended it."""
    stdout: bytes
    stderr: bytes
    stdout_truncated: bool = False
    stderr_truncated: bool = False
    cpu_s: float
    """CPU seconds of the program and its children."""
    wall_s: float
    peak_memory_bytes: int
    """Most memory at once: of all processes where the back end counts them, else of the largest."""
    oom_kills: int = 0
    """How many of its processes the kernel killed for memory."""
    pids_refused: int = 0
    """How many processes or threads it asked for in vain."""
    backend: BackendReport
    detail: str = ""
    """One sentence for people: which limit, which signal, what broke."""

    def to_json(self) -> dict[str, object]:
        """Plain data; bytes that are no UTF-8 are shown as backslash escapes."""
        return {
            "status": self.status.value,
            "exit_code": self.exit_code,
            "signal": self.signal,
            "stdout": self.stdout.decode("utf-8", "backslashreplace"),
            "stderr": self.stderr.decode("utf-8", "backslashreplace"),
            "stdout_truncated": self.stdout_truncated,
            "stderr_truncated": self.stderr_truncated,
            "cpu_s": round(self.cpu_s, 6),
            "wall_s": round(self.wall_s, 6),
            "peak_memory_bytes": self.peak_memory_bytes,
            "oom_kills": self.oom_kills,
            "pids_refused": self.pids_refused,
            "detail": self.detail,
            "backend": self.backend.to_json(),
        }
