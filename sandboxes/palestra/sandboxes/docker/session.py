"""A session in a container of its own."""

from __future__ import annotations

import io
import tarfile
import threading
import time

from palestra.sandboxes.admission import Admission
from palestra.sandboxes.docker.container import Container, Plan
from palestra.sandboxes.docker.inside import MISSING, THROUGH_LINK, pack_command, unpack_command
from palestra.sandboxes.docker.turn import Interpreter, Turn
from palestra.sandboxes.docker.wire import Wire
from palestra.sandboxes.ending import failure
from palestra.sandboxes.errors import SandboxFileError, SandboxUnavailableError, SessionClosedError
from palestra.sandboxes.limits import Limits
from palestra.sandboxes.program import Program
from palestra.sandboxes.report import BackendReport
from palestra.sandboxes.result import RunResult
from palestra.sandboxes.session import Session

_FILES_S = 120.0
_OVERHEAD_BYTES = 1 << 20
_HEADER_BYTES = 4096  # of an archive besides the contents, for each of many small files
_WORDS_BYTES = 4096


class DockerSession(Session):
    """A workspace on a tmpfs in a container. `/tmp` lasts as the workspace does; `loopback` is that of the start."""

    def __init__(
        self, admission: Admission, plan: Plan, interpreter: Interpreter, limits: Limits, report: BackendReport
    ) -> None:
        super().__init__(admission)
        self._plan, self._interpreter, self._limits, self._report = plan, interpreter, limits, report
        self._turn = threading.Lock()
        self._container: Container | None = plan.start(limits)

    @property
    def report(self) -> BackendReport:
        """As that of the sandbox, of which FRESH holds from session to session."""
        return self._report

    def run_once(self, program: Program, limits: Limits, cancelled: threading.Event) -> RunResult:
        """Run one program in the workspace."""
        with self._turn:
            container = self._open_container()
            try:
                ending = Turn(container, limits, cancelled).run(program, self._interpreter)
            except SandboxUnavailableError as error:
                self._lose(container)
                return failure(f"{error}; the session is lost", self._report)
            return ending.result(limits, self._report)

    def pack(self, path: str, max_bytes: int) -> bytes:
        """An archive of a path, written by `tar` inside."""
        room = max_bytes + _OVERHEAD_BYTES + self._limits.inodes * _HEADER_BYTES
        code, archive, words = self._ask(pack_command(path), b"\n", room)
        if code == MISSING:
            raise SandboxFileError(f"`{path}` is not in the workspace")
        if len(archive) >= room or (not code and _num_content_bytes(archive) > max_bytes):
            raise SandboxFileError(f"`{path}` holds more than {max_bytes} bytes")
        _check(code, f"`{path}` cannot be read", words)
        return archive

    def unpack(self, archive: bytes) -> None:
        """Lay an archive, by `tar` inside."""
        command = unpack_command(archive)
        code, _, words = self._ask(command, b"%d\n" % len(archive) + archive, _WORDS_BYTES)
        _check(code, "files cannot be laid into the workspace, or do not fit", words)

    def twin(self) -> Session:
        """An empty session of the same kind."""
        return DockerSession(self._admission, self._plan, self._interpreter, self._limits, self._report)

    def end(self) -> None:
        """Remove the container, and with it the workspace."""
        with self._turn:
            if self._container:
                self._lose(self._container)

    def _ask(self, command: list[str], data: bytes, max_bytes: int) -> tuple[int, bytes, bytes]:
        with self._turn:
            container = self._open_container()
            try:
                # What ran last may have left little of its own limits for us.
                container.set_limits(self._limits)
                with container.process(command, max_stdout=max_bytes, max_stderr=_WORDS_BYTES) as (process, wire):
                    wire.send(data, is_last=True)
                    code = _drain(wire) or process.wait()
                    container.kill()
            except SandboxUnavailableError as error:
                self._lose(container)
                raise SessionClosedError(f"the session is lost: {error}") from error
            return code, bytes(wire.stdout.kept), bytes(wire.stderr.kept)

    def _open_container(self) -> Container:
        if self._container is None:
            raise SessionClosedError("the session is closed\n\nhint: open another one with `start`, or `fork` earlier")
        return self._container

    def _lose(self, container: Container) -> None:
        self._container = None
        container.remove()


def _drain(wire: Wire) -> int:
    """Read to the end; 1 if there was too much, and 0 if not."""
    deadline = time.monotonic() + _FILES_S
    while not wire.is_ended:
        wire.pump(0.1)
        if wire.stdout.is_over:
            return 1
        if time.monotonic() > deadline:
            raise SandboxUnavailableError(f"tar did not end in {_FILES_S:.0f} seconds")
    return 0


def _check(code: int, what: str, words: bytes) -> None:
    if code == THROUGH_LINK:
        raise SandboxFileError(f"{what}: the path leads through a link")
    if code:
        reason = words.decode("utf-8", "replace").strip() or f"exit code {code}"
        raise SandboxFileError(f"{what}: {reason:.500}")


def _num_content_bytes(archive: bytes) -> int:
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
        return sum(member.size for member in tar if member.isreg())
