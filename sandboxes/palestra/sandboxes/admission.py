"""Who may run now: as many jobs as there are cores, so that a verdict does not depend on how many wait."""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from palestra.sandboxes.errors import SandboxUnavailableError

_T = TypeVar("_T")


def num_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0))


class Admission:
    """Lets `slots` jobs run at once; the others wait in order, and their clocks have not started."""

    def __init__(self, slots: int | None = None) -> None:
        self.slots = num_cores() if slots is None else slots
        if self.slots < 1:
            raise ValueError(f"slots must be at least 1, got {slots}")
        self._is_closed = False
        self._renew()
        _all_admissions.add(self)

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Wait for a free slot and hold it.

        Raises:
            SandboxUnavailableError: The sandbox has been closed.
        """
        with self._free:
            self._check()
            yield

    async def run(self, job: Callable[[threading.Event], _T]) -> _T:
        """Run a blocking job on a thread of its own. If the caller is cancelled, the job's event is set.

        Raises:
            SandboxUnavailableError: The sandbox has been closed.
        """
        cancelled = threading.Event()
        self._check()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, job, cancelled)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    def close(self) -> None:
        """Admit nothing more and end the threads; jobs that run are waited for."""
        self._is_closed = True
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _check(self) -> None:
        if self._is_closed:
            raise SandboxUnavailableError("the sandbox is closed\n\nhint: make another one; `close` is for the end")

    def _renew(self) -> None:
        self._free = threading.BoundedSemaphore(self.slots)
        # Idle threads cost nothing; one for each slot never makes the semaphore wait for a thread.
        self._threads = ThreadPoolExecutor(self.slots, thread_name_prefix="palestra-sandbox")


_all_admissions: weakref.WeakSet[Admission] = weakref.WeakSet()


def _renew_all() -> None:
    for admission in list(_all_admissions):
        admission._renew()


# A child of the host has the objects, but neither the threads nor whoever holds a slot.
os.register_at_fork(after_in_child=_renew_all)
