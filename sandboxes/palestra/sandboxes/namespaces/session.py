"""A session in namespaces: one launcher whose writable file system lasts."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from palestra.sandboxes.admission import Admission
from palestra.sandboxes.ending import failure
from palestra.sandboxes.errors import SandboxFileError, SessionClosedError
from palestra.sandboxes.inside.protocol import Broken, Message, Pack, Unpack
from palestra.sandboxes.limits import Limits
from palestra.sandboxes.namespaces.slot import WorkerError
from palestra.sandboxes.namespaces.worker import Worker, WorkerSpec, memory_file
from palestra.sandboxes.program import Program
from palestra.sandboxes.report import BackendReport
from palestra.sandboxes.result import RunResult
from palestra.sandboxes.session import Session

_OVERHEAD_BYTES = 1 << 20  # of an archive besides the contents: one header for each of many small files
_HEADER_BYTES = 4096


class NamespaceSession(Session):
    """A workspace on a tmpfs. Each run has fresh pid and IPC namespaces; `/tmp` lasts as the workspace does."""

    def __init__(self, admission: Admission, spec: WorkerSpec, limits: Limits, report: BackendReport) -> None:
        super().__init__(admission)
        self._spec, self._limits, self._report = spec, limits, report
        self._turn = threading.Lock()
        self._owner = os.getpid()
        self._worker: Worker | None = Worker(
            WorkerSpec(layout=spec.layout, box=(limits.disk_bytes, limits.inodes)),
        )

    @property
    def report(self) -> BackendReport:
        """As that of the sandbox, of which FRESH holds from session to session."""
        return self._report

    def run_once(self, program: Program, limits: Limits, cancelled: threading.Event) -> RunResult:
        """Run one program in the workspace."""
        with self._held() as worker:
            try:
                return worker.run(program, limits, cancelled).result(limits, self._report)
            except (WorkerError, OSError) as error:
                self._lose(worker)
                return failure(f"{error}; the session is lost", self._report)

    def pack(self, path: str, max_bytes: int) -> bytes:
        """An archive of a path, written by a process inside."""
        with self._held() as worker:
            ours, theirs = os.pipe()
            archive = bytearray()

            def read() -> None:
                room = max_bytes + _OVERHEAD_BYTES + self._limits.inodes * _HEADER_BYTES
                with os.fdopen(ours, "rb", buffering=0) as stream:
                    while chunk := stream.read(1 << 20):
                        archive.extend(chunk[: max(0, room - len(archive))])

            reader = threading.Thread(target=read, name="palestra-pack")
            reader.start()
            try:
                self._ask(worker, Pack(path=path, max_bytes=max_bytes), theirs)
            finally:
                reader.join()
            return bytes(archive)

    def unpack(self, archive: bytes) -> None:
        """Lay an archive, by a process inside."""
        with self._held() as worker:
            self._ask(worker, Unpack(), memory_file(archive))

    def twin(self) -> Session:
        """An empty session of the same kind."""
        return NamespaceSession(self._admission, self._spec, self._limits, self._report)

    def end(self) -> None:
        """End the launcher, and with it the workspace."""
        if self._owner == os.getpid():
            with self._turn:
                if self._worker:
                    self._lose(self._worker)

    def _ask(self, worker: Worker, request: Message, fd: int) -> None:
        try:
            answer = worker.ask(request, fd)
        except (WorkerError, OSError) as error:
            self._lose(worker)
            raise SessionClosedError(f"the session is lost: {error}") from error
        if isinstance(answer, Broken):
            raise SandboxFileError(answer.what)

    @contextmanager
    def _held(self) -> Iterator[Worker]:
        """The launcher, for one call at a time."""
        if self._owner != os.getpid():  # asked before the lock, which may have been held at the fork
            raise SessionClosedError(
                "the session belongs to the process that has opened it\n\nhint: open another one with `start`"
            )
        with self._turn:
            if self._worker is None:
                raise SessionClosedError(
                    "the session is closed\n\nhint: open another one with `start`, or `fork` earlier"
                )
            yield self._worker

    def _lose(self, worker: Worker) -> None:
        self._worker = None
        worker.close()
