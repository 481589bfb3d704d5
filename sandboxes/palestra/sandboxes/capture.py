"""Feeding a child process and keeping what it writes, without ever waiting for it to read or to stop."""

from __future__ import annotations

import os
import selectors
import time
from collections.abc import Callable

_CHUNK = 1 << 16
_TICK_S = 0.05
_GRACE_S = 0.5  # for output that is still in the pipes when the process is dead


class Capture:
    """The pipes of one program, all drained at once so that none can block it.

    It owns the descriptors: they are closed when `pump` returns.
    """

    def __init__(
        self, *, stdout_fd: int, stderr_fd: int, max_bytes: int, stdin_fd: int = -1, stdin: bytes = b""
    ) -> None:
        self._stdout_fd, self._stderr_fd, self._stdin_fd = stdout_fd, stderr_fd, stdin_fd
        self._to_write = memoryview(stdin)
        self._max_bytes = max_bytes
        self._kept: dict[int, bytearray] = {stdout_fd: bytearray(), stderr_fd: bytearray()}
        self._over: set[int] = set()
        self._closed: set[int] = set()

    @property
    def stdout(self) -> bytes:
        """What was kept of standard output."""
        return bytes(self._kept[self._stdout_fd])

    @property
    def stderr(self) -> bytes:
        """What was kept of standard error."""
        return bytes(self._kept[self._stderr_fd])

    @property
    def stdout_truncated(self) -> bool:
        """Whether standard output had more than the limit."""
        return self._stdout_fd in self._over

    @property
    def stderr_truncated(self) -> bool:
        """Whether standard error had more than the limit."""
        return self._stderr_fd in self._over

    @property
    def overflowed(self) -> bool:
        """Whether either stream had more than the limit."""
        return bool(self._over)

    def pump(self, end_fd: int, must_stop: Callable[[], bool], kill: Callable[[], None]) -> None:
        """Move bytes until the program has ended.

        Args:
            end_fd: Becomes readable at its end: a pidfd, or a socket on which the end is told. Not read here.
            must_stop: Asked all the time; when it says so, or output is over the limit, `kill` is called.
            kill: Ends the program and what it has started. Called once more at its end.
        """
        try:
            with selectors.DefaultSelector() as selector:
                for fd in (self._stdin_fd, *self._kept):
                    if fd >= 0:
                        os.set_blocking(fd, False)
                        selector.register(fd, selectors.EVENT_WRITE if fd == self._stdin_fd else selectors.EVENT_READ)
                selector.register(end_fd, selectors.EVENT_READ)
                self._move_all(selector, end_fd, must_stop, kill)
        finally:
            for fd in (self._stdin_fd, self._stdout_fd, self._stderr_fd):
                self._close(fd)

    def _move_all(
        self, selector: selectors.BaseSelector, end_fd: int, must_stop: Callable[[], bool], kill: Callable[[], None]
    ) -> None:
        deadline: float | None = None
        while selector.get_map():
            for key, _ in selector.select(_TICK_S):
                if key.fd == end_fd:
                    selector.unregister(end_fd)
                    kill()  # what is left of it
                    deadline = time.monotonic() + _GRACE_S
                elif not self._move(key.fd):
                    selector.unregister(key.fd)
                    self._close(key.fd)  # a program sees the end of its input
            if deadline is not None and (time.monotonic() > deadline or self._drained(selector)):
                break
            if deadline is None and (self._over or must_stop()):
                kill()

    def _close(self, fd: int) -> None:
        if fd >= 0 and fd not in self._closed:
            self._closed.add(fd)
            os.close(fd)

    def _drained(self, selector: selectors.BaseSelector) -> bool:
        open_fds = {key.fd for key in selector.get_map().values()}
        return not open_fds & self._kept.keys()

    def _move(self, fd: int) -> bool:
        """Move one chunk; False when this pipe is done."""
        try:
            if fd not in self._kept:
                if self._to_write:
                    self._to_write = self._to_write[os.write(fd, self._to_write[:_CHUNK]) :]
                return bool(self._to_write)
            chunk = os.read(fd, _CHUNK)
        except BlockingIOError:
            return True
        except BrokenPipeError:  # it does not read its input
            return False
        room = self._max_bytes - len(self._kept[fd])
        self._kept[fd] += chunk[:room]
        if len(chunk) > room:
            self._over.add(fd)
        return bool(chunk)
