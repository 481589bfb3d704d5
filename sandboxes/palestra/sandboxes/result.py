"""How a run ended, as a value: programs fail, sandboxes do not raise."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
    """It made a forbidden system call."""
    INFRA = "INFRA"
    """The sandbox itself failed: says nothing about the program. Retry, then mask the sample."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BackendReport:
    """Which back end ran the program and what it kept apart from the host."""

    name: str
    """`subprocess`, `namespaces`, `docker`, ..."""
    isolates: frozenset[str]
    """Properties that hold for this run, of: fs_read, fs_write, net, pid, ipc, memory, pids, cpu, output, env."""
    version: str = "1"
    """Version of the back end's behaviour."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunResult:
    r"""Everything the host may know about a finished run.

    Example:
        >>> import warnings
        >>> from palestra.sandboxes import Program, SubprocessSandbox, run_sync
        >>> warnings.simplefilter("ignore")  # this back end warns that it isolates nothing
        >>> run_sync(SubprocessSandbox(allow_unsafe=True), Program.python("print(6 * 7)")).stdout
        b'42\n'
    """

    status: Status
    exit_code: int | None
    """The exit code; None when a signal ended the program."""
    stdout: bytes
    stderr: bytes
    cpu_s: float
    """CPU seconds of the program and all children that it waited for."""
    wall_s: float
    peak_memory_bytes: int
    backend: BackendReport
    detail: str = ""
    """One sentence for people: which limit, which signal, what broke."""
    stdout_truncated: bool = False
    stderr_truncated: bool = False
