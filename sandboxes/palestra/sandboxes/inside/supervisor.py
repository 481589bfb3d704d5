"""The supervisor: it forks one program, watches it, and tells the host once nothing of it is left.

A process between the host and a program that has no namespaces.
"""

from __future__ import annotations

import os
import select
import sys
import time

from . import guard, kernel, usage
from .execution import become, set_limits
from .landlock import restrict_files
from .lean import Never
from .protocol import Broken, Lock, Order, Report, decode, encode

_PATIENCE_S = 10.0  # for processes that the kernel is slow to end
_KILL_TICK_S = 0.001
_EAGER = -5  # so that a crowd of the program's processes cannot keep the supervisor from the processor
_CHUNK_BYTES = 1 << 16


def main() -> None:
    """Run the order behind the descriptor `argv[2]`, until `argv[3]` is readable; answer on `argv[4]`."""
    order_fd, control_fd, answer_fd = map(int, sys.argv[2:5])
    for fd in (order_fd, control_fd, answer_fd):
        os.set_inheritable(fd, False)
    answer: Report | Broken
    try:
        order = decode(_read_all(order_fd))
        if not isinstance(order, Order):
            raise TypeError(f"expected an Order, got {type(order).__name__}")
        answer = _Watch(order, control_fd).answer()
    except Exception as error:  # noqa: BLE001  told to the host, as a failure of the sandbox
        answer = Broken(repr(error))
    with open(answer_fd, "wb") as file:
        file.write(encode(answer))
    os._exit(0)  # an interpreter takes its time to end in order


class _Watch:
    """One program from its fork to the end of the last process that it has started."""

    def __init__(self, order: Order, control_fd: int) -> None:
        self._order, self._control_fd = order, control_fd
        self._own_pid = os.getpid()
        self._reaped_cpu_s, self._peak_bytes = 0.0, 0
        self._code: int | None = None
        self._pid = 0

    def answer(self) -> Report | Broken:
        """Run the program; how it ended."""
        kernel.adopt_orphans()
        problem_fd, child_problem_fd = os.pipe()
        watcher = guard.Guard(self._order.limits)
        self._pid = os.fork()
        if self._pid == 0:
            _begin(self._order, child_problem_fd)
        os.close(child_problem_fd)
        _let_go_of_streams()
        try:
            os.nice(_EAGER)
        except OSError:  # only the privileged may
            pass
        stop = self._wait(watcher)
        wall_s = watcher.elapsed_s
        self._end()
        if problem := _read_all(problem_fd):
            return Broken(problem.decode("utf-8", "replace"))
        peak_bytes = max(self._peak_bytes, watcher.peak_bytes)
        return Report(self._code or 0, stop, self._reaped_cpu_s, wall_s, peak_bytes)

    def _wait(self, watcher: guard.Guard) -> str:
        """Wait until the program's first process ends or must; say for what, if it must."""
        pidfd = os.pidfd_open(self._pid)
        poll = select.poll()
        poll.register(pidfd, select.POLLIN)
        poll.register(self._control_fd, select.POLLIN)
        stop = ""
        while not stop and not poll.poll(watcher.tick_s * 1000):
            self._reap()
            if self._code is not None:
                break
            stop = watcher.look(usage.descendants(self._own_pid), self._reaped_cpu_s)
        os.close(pidfd)
        return stop

    def _end(self) -> None:
        """Kill all that the program has started, and what they fork meanwhile, until none is left."""
        deadline = time.monotonic() + _PATIENCE_S
        while self._reap():
            if time.monotonic() > deadline:
                raise TimeoutError("processes of the program do not end")
            usage.kill(usage.descendants(self._own_pid))
            time.sleep(_KILL_TICK_S)

    def _reap(self) -> bool:
        """Bury the dead, adopted ones included; whether there are any children left."""
        try:
            while (ended := os.wait4(-1, os.WNOHANG))[0]:
                pid, status, used = ended
                if pid == self._pid:
                    self._code = os.waitstatus_to_exitcode(status)
                self._reaped_cpu_s += used.ru_utime + used.ru_stime
                self._peak_bytes = max(self._peak_bytes, used.ru_maxrss * 1024)
        except ChildProcessError:
            return False
        return True


def _begin(order: Order, problem_fd: int) -> Never:
    """In the program's own process: give up all that the order says, and become the program.

    What goes wrong before the program's executable is looked for is written to `problem_fd`.
    """
    try:
        os.setsid()
        os.umask(0o022)
        os.chdir(order.folder)
        set_limits(order.limits, _num_tasks(order))
        if order.lock is not None:
            _lock_down(order.lock)
    except Exception as error:  # noqa: BLE001  told to the host, as a failure of the sandbox
        os.write(problem_fd, repr(error).encode("utf-8", "backslashreplace")[:1000])
        os._exit(1)
    become(order.argv, order.env)


def _num_tasks(order: Order) -> int | None:
    """Tasks that the program's user may have: one more than allowed, for the supervisor to see."""
    if order.lock is not None and order.lock.uid is not None:
        return order.limits.pids + 1  # this user has nothing else
    if os.geteuid() == 0:  # the kernel does not count those of root
        return None
    return order.limits.pids + 1 + usage.num_tasks_of_user(os.getuid())


def _lock_down(lock: Lock) -> None:
    """Give up privileges, files and system calls, in the order in which each still can be."""
    kernel.drop_privileges(lock.uid)
    restrict_files(readable=lock.readable, writable=lock.writable, devices=lock.devices)
    kernel.install_filter(lock.filter)


def _let_go_of_streams() -> None:
    """The program alone holds its streams, so that the host sees their ends."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.close(null)


def _read_all(fd: int) -> bytes:
    data = b""
    while chunk := os.read(fd, _CHUNK_BYTES):
        data += chunk
    os.close(fd)
    return data
