"""A program as a child process of the host, under a supervisor: what the back ends without namespaces are made of."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from palestra.sandboxes.capture import Capture
from palestra.sandboxes.ending import Ending, Stop
from palestra.sandboxes.host_folder import HostFolder
from palestra.sandboxes.inside import protocol
from palestra.sandboxes.inside.protocol import Broken, Lock, Order, Report
from palestra.sandboxes.interpreter import base_python
from palestra.sandboxes.limits import Limits
from palestra.sandboxes.program import PYTHON_ENV, Program, PythonScript

PATH = "/usr/local/bin:/usr/bin:/bin"
_MAX_FUSE_STRETCH = 4  # as the supervisor stretches it
_PATIENCE_S = 15.0  # for a supervisor that should have ended
# Appended: this folder has modules with names of the standard library.
_START = "import sys; sys.path.append(sys.argv[1]); from inside.supervisor import main; main()"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """What a back end adds to a plain child process."""

    python: str
    """Path of the interpreter that runs Python scripts."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Variables that a program has unless it sets them itself."""
    lock: Lock | None = None
    """What its process gives up."""


def run_child(folder: HostFolder, program: Program, limits: Limits, cancelled: threading.Event, place: Place) -> Ending:
    """Run a program in a folder, with its own session, environment and limits, to the end of all that it starts.

    Raises:
        OSError: Something outside the program broke.
        SandboxFileError: Its files do not fit.
    """
    entry, env, files = program.entry, dict(program.env), dict(program.files)
    if isinstance(entry, PythonScript):
        files["main.py"], env = entry.source_bytes, {**PYTHON_ENV, **env}
        entry = entry.command(place.python)
    folder.lay(files)
    order = Order(
        argv=entry.argv,
        env={"PATH": PATH, "HOME": str(folder.path), "LANG": "C.UTF-8", **place.env, **env},
        folder=str(folder.path),
        limits=protocol.Limits(
            cpu_s=limits.cpu_s,
            wall_s=limits.wall_s,
            memory_bytes=limits.memory_bytes,
            pids=limits.pids,
            file_bytes=limits.file_bytes,
            open_files=limits.open_files,
        ),
        lock=place.lock,
    )
    report, capture = _supervise(order, program.stdin, limits.output_bytes, cancelled)
    return Ending(
        code=report.code,
        stopped_for=Stop[report.stop] if report.stop else None,
        cpu_s=report.cpu_s,
        wall_s=report.wall_s,
        peak_memory_bytes=report.peak_memory_bytes,
        stdout=capture.stdout,
        stderr=capture.stderr,
        stdout_truncated=capture.stdout_truncated,
        stderr_truncated=capture.stderr_truncated,
    )


def _supervise(order: Order, stdin: bytes, max_bytes: int, cancelled: threading.Event) -> tuple[Report, Capture]:
    with contextlib.ExitStack() as stack:
        order_file = stack.enter_context(os.fdopen(os.memfd_create("order"), "w+b"))
        order_file.write(protocol.encode(order))
        order_file.seek(0)
        control_read, control = _pipe(stack)
        answer, answer_write = _pipe(stack)
        theirs = (order_file.fileno(), control_read.fileno(), answer_write.fileno())
        folder = str(Path(__file__).parent)
        process = subprocess.Popen(
            [base_python(), "-I", "-S", "-c", _START, folder, *map(str, theirs)],
            pass_fds=theirs,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env={},
            start_new_session=True,
        )
        for file in (order_file, control_read, answer_write):
            file.close()
        leash = _Leash(process, control, order.limits.wall_s, cancelled)
        capture = _capture(process, stdin, max_bytes)
        try:
            capture.pump(answer.fileno(), leash.must_pull, leash.pull)
        finally:
            control.close()
            text = answer.read()  # it ends with the supervisor
            process.wait()
    if process.returncode < 0 and not leash.was_cut:
        # Nothing but its program has a reason to kill it, and that must not look like a failure of ours.
        return Report(process.returncode, "", 0.0, 0.0, 0), capture
    if not text:
        raise OSError(f"the supervisor ended with {process.returncode}: {capture.stderr[-500:]!r}")
    report = protocol.decode(text)
    if not isinstance(report, Report):
        raise OSError(report.what if isinstance(report, Broken) else f"the supervisor answered {report}")
    return report, capture


def _pipe(stack: contextlib.ExitStack) -> tuple[BinaryIO, BinaryIO]:
    read_fd, write_fd = os.pipe()
    return stack.enter_context(os.fdopen(read_fd, "rb")), stack.enter_context(os.fdopen(write_fd, "wb"))


def _capture(process: subprocess.Popen[bytes], stdin: bytes, max_bytes: int) -> Capture:
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise ValueError("the process must have three pipes")
    fds = [os.dup(stream.fileno()) for stream in (process.stdin, process.stdout, process.stderr)]
    for stream in (process.stdin, process.stdout, process.stderr):
        stream.close()
    return Capture(stdin_fd=fds[0], stdout_fd=fds[1], stderr_fd=fds[2], stdin=stdin, max_bytes=max_bytes)


class _Leash:
    """How the host makes a supervisor end its program: gently, by its control pipe, and at last by force."""

    def __init__(
        self, process: subprocess.Popen[bytes], control: BinaryIO, wall_s: float, cancelled: threading.Event
    ) -> None:
        self._process, self._control, self._cancelled = process, control, cancelled
        self._latest = time.monotonic() + _MAX_FUSE_STRETCH * wall_s + _PATIENCE_S
        self.was_cut = False

    def must_pull(self) -> bool:
        """Whether the program has to end, as far as the host knows; the supervisor knows the limits."""
        return self._cancelled.is_set() or time.monotonic() > self._latest

    def pull(self) -> None:
        """Say so to the supervisor; one that does not listen is killed."""
        if not self._control.closed:
            self._control.close()
            self._latest = min(self._latest, time.monotonic() + _PATIENCE_S)
        elif time.monotonic() > self._latest and self._process.poll() is None:
            self.was_cut = True
            self._process.kill()
