"""The `namespaces` back end: a launcher of its own for each run, so that nothing is kept from run to run."""

from __future__ import annotations

import threading
from dataclasses import replace

from palestra.sandboxes.ending import failure
from palestra.sandboxes.errors import SandboxUnavailableError
from palestra.sandboxes.limits import Limits
from palestra.sandboxes.namespaces.cgroups import sweep
from palestra.sandboxes.namespaces.image import HostImage, Image
from palestra.sandboxes.namespaces.session import NamespaceSession
from palestra.sandboxes.namespaces.slot import WorkerError
from palestra.sandboxes.namespaces.worker import Worker, WorkerSpec
from palestra.sandboxes.program import Program
from palestra.sandboxes.report import BackendReport, Level, Property
from palestra.sandboxes.result import RunResult
from palestra.sandboxes.sandbox import Sandbox
from palestra.sandboxes.session import Session


class NamespaceSandbox(Sandbox):
    """Runs programs in fresh user, mount, pid, network, IPC, UTS and control-group namespaces.

    Needs no privilege and no installed tool. Started by root it first becomes a user without rights, one
    of its own for each launcher. Where control groups may be made they count memory and processes; where
    not, limits of each process and polling stand in, and the report says so.
    """

    name = "namespaces"

    def __init__(self, image: Image = HostImage(), *, slots: int | None = None) -> None:  # noqa: B008  frozen
        """Check that a launcher can be started.

        Raises:
            SandboxUnavailableError: The kernel refuses; the message says what is missing.
        """
        super().__init__(slots=slots)
        sweep()
        layout = image.layout()
        self.spec = WorkerSpec(layout=layout)
        # A launcher for one run imports nothing ahead of it.
        self._cold = WorkerSpec(layout=replace(layout, preload=()))
        worker = Worker(self._cold)
        self._report = report(self.name, worker)
        worker.close()

    @property
    def report(self) -> BackendReport:
        """What holds here, and by what."""
        return self._report

    def run_once(self, program: Program, limits: Limits, cancelled: threading.Event) -> RunResult:
        """Run one program in namespaces made for it."""
        try:
            worker = Worker(self._cold)
        except (SandboxUnavailableError, OSError) as error:
            return failure(str(error), self._report)
        try:
            return worker.run(program, limits, cancelled).result(limits, self._report)
        except (WorkerError, OSError) as error:
            return failure(str(error), self._report)
        finally:
            worker.close()

    def open_session(self, limits: Limits) -> Session:
        """A workspace in namespaces of its own."""
        return NamespaceSession(self.admission, self.spec, limits, self._report)


def report(name: str, worker: Worker) -> BackendReport:
    """What namespaces hold where this worker runs."""
    isolates = {
        Property.FS_READ: "mount namespace: a root of its own from read-only pieces",
        Property.FS_WRITE: "read-only mounts; one tmpfs to write in",
        Property.NET: "empty network namespace; socket families filtered",
        Property.PID: "pid namespace; pid 1 cannot be looked into",
        Property.IPC: "IPC namespace",
        Property.SYSCALLS: "seccomp filter, no capabilities, no_new_privs",
        Property.ENV: "made-up environment; no descriptor is inherited",
        Property.FRESH: "pid, mount and IPC namespaces and a tmpfs for each run",
        Property.OUTPUT: "drained while it runs, cut at the limit",
        Property.DISK: "size and inodes of the tmpfs; RLIMIT_FSIZE",
    }
    if worker.cgroup:
        isolates |= {
            Property.MEMORY: worker.cgroup.version,
            Property.PIDS: worker.cgroup.version,
            Property.CPU: f"summed by pid 1 and {worker.cgroup.version}; RLIMIT_CPU",
        }
        return BackendReport(name=name, level=Level.NAMESPACES, isolates=isolates)
    isolates[Property.PIDS] = "RLIMIT_NPROC of the user namespace"
    partly = {
        Property.MEMORY: "RLIMIT_DATA of each process, their sum polled: control groups cannot be made here",
        Property.CPU: "summed by pid 1, except of children whose end nobody waits for; RLIMIT_CPU of each",
    }
    return BackendReport(name=name, level=Level.NAMESPACES, isolates=isolates, partly=partly)
