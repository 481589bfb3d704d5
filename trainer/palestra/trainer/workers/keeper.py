# ruff: noqa: PTH123, PTH208  it loads little, and nothing but what it needs
"""Runs a command and sees to it that nothing of it outlives this process or the one that started this process.

A program of its own, `python keeper.py GRACE_S COMMAND...`, with nothing but the standard library. It ends the command
when its standard input ends, which it does when whoever holds the other end closes it or dies, however it dies. Orphans
of the command become children of this process, so that they are found and ended too. It ends itself as the command did.

Covered: Linux; everything that the command starts, in sessions of their own too.
Not covered: this process being killed together with the one that started it; then the command itself is killed by the
kernel, and what it had started is left to its own care.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def main() -> int:
    """Keep the command of the arguments."""
    grace_s, command = float(sys.argv[1]), sys.argv[2:]
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    wakeup_read, wakeup_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wakeup_write)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    own_id, parent_id = os.getpid(), os.getppid()

    def bind() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != own_id:  # it died before this was said
            os._exit(1)

    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=bind)
    _wait(process, wakeup_read, parent_id)
    _end_all(grace_s)
    code = process.returncode if process.returncode is not None else process.wait()
    return code if code >= 0 else 128 - code


def _wait(process: subprocess.Popen[bytes], wakeup: int, parent_id: int) -> None:
    """Until the command ends, or this process is told to end it."""
    # The parent is looked for too: a fork of it may hold the other end of the pipe.
    while process.poll() is None and os.getppid() == parent_id:
        readable, _, _ = select.select([sys.stdin.fileno(), wakeup], [], [], 2.0)
        if sys.stdin.fileno() in readable and not os.read(sys.stdin.fileno(), 4096):
            return
        if wakeup in readable and set(os.read(wakeup, 4096)) & {signal.SIGTERM, signal.SIGINT}:
            return


def _end_all(grace_s: float) -> None:
    """End everything below this process: politely, then not."""
    deadline = time.monotonic() + grace_s
    _signal(signal.SIGTERM)
    while _descendants() and time.monotonic() < deadline:
        _reap()
        time.sleep(0.05)
    while _descendants():  # what is killed may have started something before
        _signal(signal.SIGKILL)
        _reap()
        time.sleep(0.02)


def _signal(number: int) -> None:
    for pid in _descendants():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _reap() -> None:
    """Take in orphans that have ended; the command itself is left to its object."""
    for pid in _children_of(os.getpid()):
        with contextlib.suppress(ChildProcessError, OSError):
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG)


def _descendants() -> list[int]:
    """Everything below this process that has not ended."""
    found: list[int] = []
    rest = [os.getpid()]
    while rest:
        children = _children_of(rest.pop())
        found += [pid for pid in children if _state_of(pid) not in ("Z", "")]
        rest += children
    return found


def _children_of(pid: int) -> list[int]:
    """Of all its threads: a child is its thread's that started it."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{thread}/children") as file:
                found += [int(child) for child in file.read().split()]
    return found


def _state_of(pid: int) -> str:
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0]
    return ""


if __name__ == "__main__":
    sys.exit(main())
