"""The `zygote` back end: warm launchers, one for each core, from which every job is forked.

Each job still gets fresh pid, mount and IPC namespaces and a fresh tmpfs; what is shared is the interpreter's
start. A launcher never reads a program, so what jobs inherit from it is the same for all.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque

from palestra.sandboxes.ending import failure
from palestra.sandboxes.errors import SandboxUnavailableError
from palestra.sandboxes.limits import Limits
from palestra.sandboxes.namespaces.cgroups import sweep
from palestra.sandboxes.namespaces.image import HostImage, Image
from palestra.sandboxes.namespaces.sandbox import report
from palestra.sandboxes.namespaces.session import NamespaceSession
from palestra.sandboxes.namespaces.slot import WorkerError
from palestra.sandboxes.namespaces.worker import Worker, WorkerSpec
from palestra.sandboxes.program import Program
from palestra.sandboxes.report import BackendReport
from palestra.sandboxes.result import RunResult, Status
from palestra.sandboxes.sandbox import Sandbox
from palestra.sandboxes.session import Session

_CANARY = Program.python("print(6 * 7)")
_CANARY_OUTPUT = b"42\n"


class ZygoteSandbox(Sandbox):
    """Runs programs in fresh namespaces, forked from launchers that are kept warm."""

    name = "zygote"

    def __init__(
        self,
        image: Image = HostImage(),  # noqa: B008  frozen
        *,
        slots: int | None = None,
        jobs_per_worker: int = 1000,
        jobs_per_canary: int = 250,
    ) -> None:
        """Start the first launcher.

        Args:
            image: What programs see of a file system, and what the warm interpreter has imported.
            slots: Launchers, and jobs at once; the cores by default.
            jobs_per_worker: After so many jobs a launcher is replaced.
            jobs_per_canary: After so many jobs an honest program must still come out right, or it is replaced.

        Raises:
            SandboxUnavailableError: The kernel refuses; the message says what is missing.
        """
        super().__init__(slots=slots)
        sweep()
        self.spec = WorkerSpec(layout=image.layout())
        self._jobs_per_worker, self._jobs_per_canary = jobs_per_worker, jobs_per_canary
        # A deque needs no lock, and so none that a thread could hold while the host forks.
        self._idle: deque[Worker] = deque()
        self._is_closed = False
        worker = Worker(self.spec)
        self._idle.append(worker)
        self._report = report(self.name, worker)

    @property
    def report(self) -> BackendReport:
        """What holds here, and by what."""
        return self._report

    def run_once(self, program: Program, limits: Limits, cancelled: threading.Event) -> RunResult:
        """Run one program in namespaces forked from a warm launcher."""
        worker = None
        try:
            worker = self._take()
            result = worker.run(program, limits, cancelled).result(limits, self._report)
        except (WorkerError, SandboxUnavailableError, OSError) as error:
            if worker:
                worker.close()
            return failure(str(error), self._report)
        except BaseException:
            if worker:
                worker.close()
            raise
        self._give_back(worker, result)
        return result

    def open_session(self, limits: Limits) -> Session:
        """A workspace with a warm launcher of its own."""
        return NamespaceSession(self.admission, self.spec, limits, self._report)

    def close(self) -> None:
        """End the launchers. Runs that other threads have begun come to their end."""
        self._is_closed = True
        super().close()
        self._drain()

    def _drain(self) -> None:
        with contextlib.suppress(IndexError):
            while True:
                self._idle.pop().close()

    def _take(self) -> Worker:
        """A launcher that is ready, and has been found honest lately."""
        while True:
            try:
                worker = self._idle.pop()
            except IndexError:
                return Worker(self.spec)
            try:
                if worker.is_alive:  # someone may have killed it, or, after a fork, it is the parent's
                    worker.wait_until_ready()
                    if worker.jobs and worker.jobs % self._jobs_per_canary == 0:
                        self._check(worker)
                    return worker
            except (WorkerError, OSError):
                pass
            worker.close()

    def _check(self, worker: Worker) -> None:
        result = worker.run(_CANARY, Limits(), threading.Event()).result(Limits(), self._report)
        if result.status is not Status.OK or result.stdout != _CANARY_OUTPUT:
            raise WorkerError(f"an honest program came out as {result.status}: {result.detail}")

    def _give_back(self, worker: Worker, result: RunResult) -> None:
        is_worn = worker.jobs >= self._jobs_per_worker or result.status is Status.MLE or not worker.is_alive
        if is_worn or len(self._idle) >= self.admission.slots:
            worker.close()
            return
        self._idle.append(worker)
        if self._is_closed:  # in the meantime
            self._drain()
