"""Feeding a child process and keeping what it writes, without ever waiting for it to read or to stop."""

from __future__ import annotations

import os
import selectors
import time
from collections.abc import Callable
from subprocess import Popen

_CHUNK = 1 << 16
_TICK_S = 0.05
_GRACE_S = 0.5  # for output that is still in the pipes when the process is dead


class Capture:
    """The pipes of one child process, all drained at once so that none can block it."""

    def __init__(self, process: Popen[bytes], stdin: bytes, max_bytes: int) -> None:
        if process.stdin is None or process.stdout is None or process.stderr is None:
            raise ValueError("the process must have three pipes")
        self._process = process
        self._streams = (process.stdin, process.stdout, process.stderr)
        self._to_write = memoryview(stdin)
        self._max_bytes = max_bytes
        self._kept: dict[int, bytearray] = {stream.fileno(): bytearray() for stream in self._streams[1:]}
        self._over: set[int] = set()
        self._stdout_fd, self._stderr_fd = (stream.fileno() for stream in self._streams[1:])

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

    def pump(self, must_stop: Callable[[], bool], kill: Callable[[], None]) -> None:
        """Move bytes until the process has ended; `kill` is called when it must stop, and at its end."""
        pidfd = os.pidfd_open(self._process.pid)
        deadline: float | None = None
        with selectors.DefaultSelector() as selector:
            for stream in self._streams:
                os.set_blocking(stream.fileno(), False)
                writes = stream is self._streams[0]
                selector.register(stream.fileno(), selectors.EVENT_WRITE if writes else selectors.EVENT_READ)
            selector.register(pidfd, selectors.EVENT_READ)
            try:
                while selector.get_map():
                    for key, _ in selector.select(_TICK_S):
                        if key.fd == pidfd:
                            selector.unregister(pidfd)
                            kill()  # what is left of its session
                            deadline = time.monotonic() + _GRACE_S
                        elif not self._move(key.fd):
                            selector.unregister(key.fd)
                            if key.fd not in self._kept:
                                self._streams[0].close()  # the program sees the end of its input
                    if deadline is not None and (time.monotonic() > deadline or self._drained(selector)):
                        break
                    if deadline is None and (self._over or must_stop()):
                        kill()
            finally:
                os.close(pidfd)
                for stream in self._streams:
                    stream.close()

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
