"""Work of several turns: one workspace, many runs, its files as data."""

from __future__ import annotations

import asyncio
import os
import threading
from abc import ABC, abstractmethod
from typing import Self

from palestra.sandboxes.admission import Admission
from palestra.sandboxes.errors import SandboxFileError
from palestra.sandboxes.limits import Limits
from palestra.sandboxes.program import Program
from palestra.sandboxes.report import BackendReport
from palestra.sandboxes.result import RunResult
from palestra.sandboxes.snapshot import Diff, Entry, Kind, Snapshot

MAX_READ_BYTES = 16 << 20
_MAX_PATH_BYTES = 4096


class Session(ABC):
    """A workspace that keeps its files from run to run; processes end with the run that started them.

    Paths are relative to the workspace. Links inside are never followed by the host's side, so nothing
    that a program leaves there can make the host read or write elsewhere. Calls of one session are
    made one after the other.

    A back end implements `report`, `run_once`, `pack`, `unpack`, `twin` and `end`, which may block.
    """

    def __init__(self, admission: Admission) -> None:
        self._admission = admission

    @property
    @abstractmethod
    def report(self) -> BackendReport:
        """What the workspace keeps apart from the host, and how."""

    @abstractmethod
    def run_once(self, program: Program, limits: Limits, cancelled: threading.Event) -> RunResult:
        """Run one program in the workspace and wait for its end; kill it when `cancelled` is set."""

    @abstractmethod
    def pack(self, path: str, max_bytes: int) -> bytes:
        """An uncompressed tar archive of a path of the workspace (`.`: all), with names relative to the workspace.

        Raises:
            SandboxFileError: The path is missing, goes through a link, or holds more than `max_bytes`.
        """

    @abstractmethod
    def unpack(self, archive: bytes) -> None:
        """Lay the members of a tar archive into the workspace; what is there and not in it stays.

        Raises:
            SandboxFileError: They do not fit, or lead through a link.
        """

    @abstractmethod
    def twin(self) -> Session:
        """A new session with an empty workspace, of the same back end and limits."""

    @abstractmethod
    def end(self) -> None:
        """Give the workspace back. Does nothing the second time."""

    def exec_sync(self, program: Program, limits: Limits = Limits()) -> RunResult:  # noqa: B008  frozen
        """Run a program in the workspace and wait for its end."""
        with self._admission.slot():
            return self.run_once(program, limits, threading.Event())

    async def exec(self, program: Program, limits: Limits = Limits()) -> RunResult:  # noqa: B008  frozen
        """Run a program in the workspace; a cancelled call kills it."""

        def run(cancelled: threading.Event) -> RunResult:
            with self._admission.slot():
                return self.run_once(program, limits, cancelled)

        return await self._admission.run(run)

    async def read(self, path: str, max_bytes: int = MAX_READ_BYTES) -> bytes:
        """The content of a regular file.

        Raises:
            SandboxFileError: It is missing, no regular file, or larger than `max_bytes`.
        """
        return await self._admission.run(lambda _: self._read(path, max_bytes))

    async def write(self, path: str, data: bytes, mode: int = 0o644) -> None:
        """Write a file; folders on the way are made.

        Raises:
            SandboxFileError: It does not fit, or the path leads through a link.
        """
        entry = Entry(path=_relative(path), kind=Kind.FILE, mode=mode, content=data)
        await self._admission.run(lambda _: self.unpack(Snapshot.of([entry]).to_tar()))

    async def list(self, path: str = ".", max_bytes: int = 1 << 30) -> tuple[Entry, ...]:
        """Everything beneath a path, in order; contents included.

        Raises:
            SandboxFileError: The path is missing, or holds more than `max_bytes`.
        """
        archive = await self._admission.run(lambda _: self.pack(_relative(path), max_bytes))
        return tuple(Snapshot.from_tar(archive).entries.values())

    async def snapshot(self, max_bytes: int = 1 << 30) -> Snapshot:
        """All files as they are now.

        Raises:
            SandboxFileError: They are more than `max_bytes`.
        """
        return await self._admission.run(lambda _: Snapshot.from_tar(self.pack(".", max_bytes)))

    async def diff(self, since: Snapshot) -> Diff:
        """What has changed since a snapshot."""
        return since.diff(await self.snapshot())

    async def fork(self, snapshot: Snapshot | None = None) -> Session:
        """A session of its own that starts with the files of this one, or of an earlier snapshot."""
        files = await self.snapshot() if snapshot is None else snapshot
        return await self._admission.run(lambda _: self._fork(files))

    async def close(self) -> None:
        """Give the workspace back. Does nothing the second time."""
        await asyncio.to_thread(self.end)  # also when the sandbox has been closed, and its threads with it

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def _read(self, path: str, max_bytes: int) -> bytes:
        wanted = _relative(path)
        # The archive needs a header and padding besides the content.
        entry = Snapshot.from_tar(self.pack(wanted, max_bytes)).entries.get(wanted)
        if entry is None or entry.kind is not Kind.FILE:
            raise SandboxFileError(f"`{path}` is no regular file of the workspace")
        return entry.content

    def _fork(self, files: Snapshot) -> Session:
        session = self.twin()
        try:
            session.unpack(files.to_tar())
        except BaseException:
            session.end()
            raise
        return session


def _relative(path: str) -> str:
    parts = [part for part in path.split("/") if part not in ("", ".")]
    # A path that is longer than a system takes would not fit into a request to what serves the files, either.
    if path.startswith("/") or ".." in parts or "\0" in path or not 0 <= _num_bytes(path) <= _MAX_PATH_BYTES:
        raise SandboxFileError(
            f"{path[:200]!r} is not a path of the workspace\n\nhint: give it relative, without `..`, and short"
        )
    return "/".join(parts) or "."


def _num_bytes(path: str) -> int:
    """The length of a path for the system; -1 where it is no path at all."""
    try:
        return len(os.fsencode(path))
    except UnicodeEncodeError:
        return -1
