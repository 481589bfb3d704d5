"""Plain child processes with resource limits: no isolation, so only for code that you trust.

Covered: an own folder, session and environment; caps on output, and on file size, open files and CPU
seconds of each process; the CPU seconds, memory and number of all processes together, as a supervisor
sees them from time to time; a wall fuse; every process is killed at the end, daemons too.
Not covered: reading and writing the host's files, the network, other processes of the same user, the
supervisor among them; what happens between two looks. The report promises none of these.
"""

from __future__ import annotations

import sys
import threading
import warnings

from palestra.sandboxes.child import Place, run_child
from palestra.sandboxes.ending import failure
from palestra.sandboxes.errors import SandboxError, SandboxUnavailableError
from palestra.sandboxes.folder_session import FolderSession
from palestra.sandboxes.host_folder import HostFolder
from palestra.sandboxes.limits import Limits
from palestra.sandboxes.program import Program
from palestra.sandboxes.report import BackendReport, Level, Property
from palestra.sandboxes.result import RunResult
from palestra.sandboxes.sandbox import Sandbox
from palestra.sandboxes.session import Session

_REPORT = BackendReport(
    name="subprocess",
    level=Level.NONE,
    isolates={Property.OUTPUT: "drained while it runs, cut at the limit"},
    partly={
        Property.ENV: "an own environment, but the host's is readable under /proc",
        Property.FRESH: "an own folder, and all processes are killed, but files elsewhere stay",
        Property.MEMORY: "RLIMIT_DATA of each process; the sum is polled",
        Property.PIDS: "polled; RLIMIT_NPROC too unless for root",
        Property.CPU: "RLIMIT_CPU of each process; the sum is polled",
        Property.DISK: "size of each file, not of all together",
    },
)
_warned = threading.Event()


class SubprocessSandbox(Sandbox):
    """Runs programs as plain child processes. Only for programs that you would run by hand.

    The first one of a process warns.
    """

    def __init__(self, *, allow_unsafe: bool = False, slots: int | None = None) -> None:
        if not allow_unsafe:
            raise SandboxUnavailableError(
                "the `subprocess` sandbox isolates nothing from this machine's files and network\n\n"
                "hint: SubprocessSandbox(allow_unsafe=True), for programs that you trust"
            )
        super().__init__(slots=slots)
        if not _warned.is_set():
            _warned.set()
            warnings.warn(
                "the `subprocess` sandbox runs programs with your rights to files and network", RuntimeWarning, 2
            )

    @property
    def report(self) -> BackendReport:
        """What holds here: capped output, and limits of each process."""
        return _REPORT

    def run_once(self, program: Program, limits: Limits, cancelled: threading.Event) -> RunResult:
        """Run one program in a fresh folder and wait for its end."""
        try:
            with HostFolder() as folder:
                return _run_in(folder, program, limits, cancelled)
        except (OSError, SandboxError) as error:
            return failure(str(error), _REPORT)

    def open_session(self, limits: Limits) -> Session:
        """A folder that outlives a run."""
        return FolderSession(self.admission, _REPORT, _run_in)


def _run_in(folder: HostFolder, program: Program, limits: Limits, cancelled: threading.Event) -> RunResult:
    return run_child(folder, program, limits, cancelled, Place(python=sys.executable)).result(limits, _REPORT)
