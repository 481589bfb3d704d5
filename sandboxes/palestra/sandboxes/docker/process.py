"""A process that was started in a container, and how it ended."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import struct
import time
from typing import Self

from palestra.sandboxes.docker.counters import CgroupCounters, Counters
from palestra.sandboxes.docker.daemon import Daemon, daemon_calls
from palestra.sandboxes.errors import SandboxUnavailableError

_END_S = 60.0
_START_S = 10.0
_SIGNALS = range(129, 193)  # exit codes of a container that may be a signal

# include/uapi/linux/pidfd.h: the exit status of a process that need not be a child of ours, from Linux 6.15 on.
_INFO = struct.Struct("=QQ11Ii")
_INFO_EXIT = 1 << 3
_GET_INFO = 3 << 30 | _INFO.size << 16 | 0xFF << 8 | 11


class Process:
    """A process in a container, by its number at the daemon."""

    def __init__(self, daemon: Daemon, number: str, counters: Counters) -> None:
        self._daemon, self._number, self._counters = daemon, number, counters
        self._fd = -1

    def hold(self) -> None:
        """Keep hold of it, so that its end can be asked for. It has started and lives.

        Raises:
            SandboxUnavailableError: The daemon fails.
        """
        if not isinstance(self._counters, CgroupCounters):
            return
        if pid := self._host_pid():
            with contextlib.suppress(OSError):
                self._fd = os.pidfd_open(pid)
                if pid not in self._counters.pids():  # the daemon's numbers are those of another machine
                    self.close()

    def has_ended(self) -> bool:
        """Whether it is known to have ended, without asking the daemon."""
        return self._fd >= 0 and bool(select.select([self._fd], [], [], 0)[0])

    def code(self) -> int | None:
        """Its exit code, or minus the signal that ended it; None while it lives.

        The daemon tells 128 and the signal for both. Where the kernel cannot be asked, that is taken for the signal.

        Raises:
            SandboxUnavailableError: The daemon fails.
        """
        state = self._inspect()
        if state["Running"] or not isinstance(code := state["ExitCode"], int):
            return None
        if code in _SIGNALS:
            status = self._wait_status()
            return 128 - code if status is None else os.waitstatus_to_exitcode(status)
        return code

    def wait(self) -> int:
        """Its exit code as above, when it has ended.

        Raises:
            SandboxUnavailableError: The daemon fails, or does not see the end.
        """
        deadline = time.monotonic() + _END_S
        while (code := self.code()) is None:
            if time.monotonic() > deadline:
                raise SandboxUnavailableError("the Docker daemon does not see the end of a process")
            time.sleep(0.005)
        return code

    def close(self) -> None:
        """Forget it."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _host_pid(self) -> int:
        """Its number here. The daemon notes it only after the program runs, so one that is heard may have none yet."""
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline:
            pid = self._inspect()["Pid"]
            if isinstance(pid, int) and pid > 0:
                return pid
            time.sleep(0.005)
        return 0

    def _wait_status(self) -> int | None:
        if self._fd < 0:
            return None
        answer = bytearray(_INFO.pack(_INFO_EXIT, *(0,) * 13))
        try:
            fcntl.ioctl(self._fd, _GET_INFO, answer)
        except OSError:
            return None
        mask, *_, status = _INFO.unpack(answer)
        return int(status) if mask & _INFO_EXIT else None

    def _inspect(self) -> dict[str, object]:
        with daemon_calls():
            state: dict[str, object] = self._daemon.client.api.exec_inspect(self._number)
        return state
