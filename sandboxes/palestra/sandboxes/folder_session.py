"""A workspace that is a folder of the host, for the back ends without a file system of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from palestra.sandboxes.admission import Admission
from palestra.sandboxes.ending import failure
from palestra.sandboxes.errors import SandboxError, SessionClosedError
from palestra.sandboxes.host_folder import HostFolder
from palestra.sandboxes.limits import Limits
from palestra.sandboxes.program import Program
from palestra.sandboxes.report import BackendReport
from palestra.sandboxes.result import RunResult
from palestra.sandboxes.session import Session

RunIn = Callable[[HostFolder, Program, Limits, threading.Event], RunResult]
"""Runs a program in a folder. What breaks outside the program is an OSError or a SandboxError."""


class FolderSession(Session):
    """A session whose workspace is a folder of the host."""

    def __init__(
        self,
        admission: Admission,
        report: BackendReport,
        run_in: RunIn,
        make_folder: Callable[[], HostFolder] = HostFolder,
    ) -> None:
        super().__init__(admission)
        self._report, self._run_in, self._make_folder = report, run_in, make_folder
        self._folder: HostFolder | None = make_folder()
        self._lock = threading.Lock()

    @property
    def report(self) -> BackendReport:
        """What the back end keeps apart from the host."""
        return self._report

    def run_once(self, program: Program, limits: Limits, cancelled: threading.Event) -> RunResult:
        """Run one program in the folder and wait for its end."""
        with self._held() as folder:
            try:
                return self._run_in(folder, program, limits, cancelled)
            except (OSError, SandboxError) as error:
                return failure(str(error), self._report)

    def pack(self, path: str, max_bytes: int) -> bytes:
        """A tar archive of a path of the folder."""
        with self._held() as folder:
            return folder.pack(path, max_bytes)

    def unpack(self, archive: bytes) -> None:
        """Lay the members of a tar archive into the folder."""
        with self._held() as folder:
            folder.unpack(archive)

    def twin(self) -> Session:
        """A session of the same back end with an empty folder."""
        with self._held():
            return FolderSession(self._admission, self._report, self._run_in, self._make_folder)

    def end(self) -> None:
        """Remove the folder, once a run in it is over."""
        with self._lock:
            folder, self._folder = self._folder, None
        if folder is not None:
            folder.remove()

    @contextmanager
    def _held(self) -> Iterator[HostFolder]:
        with self._lock:
            if self._folder is None:
                raise SessionClosedError("the session has been closed\n\nhint: start another, or fork a snapshot")
            yield self._folder
