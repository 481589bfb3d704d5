"""A launcher's process with all that has to be given back: its control group, its socket, its log."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import subprocess
import tempfile
import weakref
from pathlib import Path

from palestra.sandboxes.inside.channel import receive, send
from palestra.sandboxes.inside.protocol import Message, Setup, encode
from palestra.sandboxes.interpreter import base_python
from palestra.sandboxes.namespaces.cgroups import Cgroup, make_cgroup
from palestra.sandboxes.program import PYTHON_ENV

BASE_ENV = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/sandbox/work",
    "LANG": "C.UTF-8",
}
# Libraries that start a thread for each core would make a fork of the warm interpreter unsafe.
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
SCRIPT_ENV = {**BASE_ENV, **PYTHON_ENV}
"""The environment of Python programs, but for what is their own."""
# First without the current folder, and then without ours, which has modules with names of the standard library.
_BOOT = (
    "import sys; sys.path[:1] = []; sys.path.append(sys.argv[2]); from inside import launcher, script; "
    "sys.path.pop(); script.run_script(launcher.launch(int(sys.argv[1])))"
)
_FOLDER = Path(__file__).parent.parent
_CLOSE_S = 1.0


class WorkerError(Exception):
    """The launcher does not do what it should: the fault of the sandbox, never of a program."""


class Slot:
    """The process and what belongs to it. `close` gives everything back, in whichever process it is called."""

    def __init__(self) -> None:
        """Start the process, in its control group where one can be had. It waits for its set-up.

        Raises:
            OSError: No process or no descriptor is to be had.
        """
        self.is_busy = False
        """Whether a request is not yet done."""
        self._owner = os.getpid()
        with contextlib.ExitStack() as stack:
            self._log = stack.enter_context(tempfile.TemporaryFile())
            self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            stack.enter_context(self._control)
            with theirs:
                stdin, setup = os.pipe()
                self._setup = stack.enter_context(os.fdopen(setup, "wb", buffering=0))
                with os.fdopen(stdin, "rb"):
                    self._process = self._start(stdin, theirs.fileno())
            stack.pop_all()
        self.cgroup: Cgroup | None = _grouped(self._process.pid)
        _all_slots.add(self)

    def _start(self, stdin: int, control: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [base_python(), "-s", "-S", "-c", _BOOT, str(control), str(_FOLDER)],
            cwd="/",
            # Bound at once, or every job would bind what it calls anew; its own modules may be cached.
            env={**SCRIPT_ENV, **_ONE_THREAD, "LD_BIND_NOW": "1", "PYTHONDONTWRITEBYTECODE": ""},
            stdin=stdin,
            stdout=self._log,
            stderr=self._log,
            pass_fds=[control],
            start_new_session=True,
        )

    @property
    def is_alive(self) -> bool:
        """Whether the launcher still runs, and is of this process."""
        return self.is_ours and self._process.poll() is None

    @property
    def is_ours(self) -> bool:
        """Whether this process has started it; after a fork only the parent has."""
        return self._owner == os.getpid()

    def set_up(self, setup: Setup) -> None:
        """Tell the launcher what to become. Its answer is still to be received."""
        left = memoryview(encode(setup))
        with contextlib.suppress(BrokenPipeError), self._setup as stream:
            while left:
                left = left[stream.write(left) :]

    def tell(self, request: Message, fds: tuple[int, ...]) -> None:
        """Send a request.

        Raises:
            WorkerError: The launcher is gone.
        """
        self.is_busy = True
        try:
            send(self._control, request, fds)
        except OSError as error:
            raise WorkerError(f"the launcher is gone ({error}): {self.last_words()}") from None

    def receive(self, timeout_s: float) -> Message | None:
        """The launcher's next message; None if it says nothing in time, or has gone."""
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        try:
            received = receive(self._control) if poll.poll(timeout_s * 1000) else None
        except OSError:
            received = None
        return received[0] if received else None

    def last_words(self) -> str:
        """The last line that the launcher has logged."""
        if self._log.closed:
            return "it has been closed"
        self._log.seek(0)
        lines = self._log.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def kill(self) -> None:
        """End the launcher and with it everything in its namespaces."""
        if self.is_ours:
            self._process.kill()

    def close(self) -> None:
        """End everything and give everything back. Does nothing the second time."""
        _all_slots.discard(self)
        self._control.close()  # an idle launcher takes that as the end
        self._log.close()
        self._setup.close()
        if not self.is_ours:
            # The parent has it; without a return code the copy here would be waited for, and warned about.
            self._process.returncode = 0
            return
        try:
            self._process.wait(0.0 if self.is_busy else _CLOSE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self.cgroup:
            self.cgroup.remove()
            self.cgroup = None


def _grouped(pid: int) -> Cgroup | None:
    cgroup = make_cgroup()
    if cgroup:
        try:
            cgroup.add(pid)
        except OSError:  # it can be made, but nothing can be moved into it
            cgroup.remove()
            return None
    return cgroup


_all_slots: weakref.WeakSet[Slot] = weakref.WeakSet()


def _let_go() -> None:
    for slot in list(_all_slots):
        slot.close()


# A child of the host must not hold the sockets: a launcher ends when the last copy is closed.
os.register_at_fork(after_in_child=_let_go)
