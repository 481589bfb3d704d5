"""The contract of every place where code that we do not trust runs."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import Self

from palestra.sandboxes.admission import Admission
from palestra.sandboxes.limits import Limits
from palestra.sandboxes.program import Program
from palestra.sandboxes.report import BackendReport
from palestra.sandboxes.result import RunResult, Status
from palestra.sandboxes.session import Session


class Sandbox(ABC):
    """Runs programs under limits; every end of a run is a value.

    A sandbox gets code and inputs and returns bytes, a status and counters. Whether the bytes are
    right is decided by the host. One object serves any number of threads and event loops.

    A back end implements `report`, `run_once` and `open_session`, which may block.
    """

    def __init__(self, *, slots: int | None = None) -> None:
        self.admission = Admission(slots)
        """How many jobs run at once: as many as there are cores, unless said otherwise."""

    @property
    @abstractmethod
    def report(self) -> BackendReport:
        """What this back end keeps apart from the host, and how."""

    @abstractmethod
    def run_once(self, program: Program, limits: Limits, cancelled: threading.Event) -> RunResult:
        """Run one program in a fresh place and wait for its end; kill it when `cancelled` is set.

        What breaks outside the program is a result with status INFRA, never an exception.
        """

    @abstractmethod
    def open_session(self, limits: Limits) -> Session:
        """A workspace whose files outlive a run. `limits` size its disk.

        Raises:
            SandboxUnavailableError: It cannot be made now.
        """

    def run_sync(self, program: Program, limits: Limits = Limits()) -> RunResult:  # noqa: B008  frozen
        """Run one program in a fresh place and wait for its end.

        Raises:
            SandboxUnavailableError: The sandbox has been closed.
        """
        return self._admit(program, limits, threading.Event())

    async def run(self, program: Program, limits: Limits = Limits()) -> RunResult:  # noqa: B008  frozen
        """Run one program in a fresh place; a cancelled call kills it.

        Raises:
            SandboxUnavailableError: The sandbox has been closed.
        """
        return await self.admission.run(lambda cancelled: self._admit(program, limits, cancelled))

    def start_sync(self, limits: Limits = Limits()) -> Session:  # noqa: B008  frozen
        """Open a session: a workspace for work of several turns.

        Raises:
            SandboxUnavailableError: It cannot be made now.
        """
        return self.open_session(limits)

    async def start(self, limits: Limits = Limits()) -> Session:  # noqa: B008  frozen
        """Open a session: a workspace for work of several turns.

        Raises:
            SandboxUnavailableError: It cannot be made now.
        """
        return await self.admission.run(lambda _: self.open_session(limits))

    def close(self) -> None:
        """Give back everything that is kept warm. Sessions are closed on their own."""
        self.admission.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _admit(self, program: Program, limits: Limits, cancelled: threading.Event) -> RunResult:
        with self.admission.slot():
            result = self.run_once(program, limits, cancelled)
            if result.status is Status.INFRA and not cancelled.is_set():
                result = self.run_once(program, limits, cancelled)
            return result
