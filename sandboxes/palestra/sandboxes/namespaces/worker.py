"""One launcher process and the jobs that it runs, one after the other."""

from __future__ import annotations

import contextlib
import fcntl
import marshal
import os
import socket
import threading
import time
import weakref
from dataclasses import dataclass

from palestra.sandboxes.capture import Capture
from palestra.sandboxes.ending import Ending, Stop
from palestra.sandboxes.errors import SandboxUnavailableError
from palestra.sandboxes.inside import protocol
from palestra.sandboxes.inside.channel import receive
from palestra.sandboxes.inside.protocol import Broken, Done, Job, Message, Report, Setup
from palestra.sandboxes.limits import Limits
from palestra.sandboxes.namespaces.cgroups import Cgroup, Counters
from palestra.sandboxes.namespaces.host_user import launcher_uid
from palestra.sandboxes.namespaces.image import INSIDE_UID, Layout
from palestra.sandboxes.namespaces.slot import BASE_ENV, SCRIPT_ENV, Slot, WorkerError
from palestra.sandboxes.program import Program, PythonScript
from palestra.sandboxes.seccomp import bpf_filter

_START_S = 30.0
_READY_S = 10.0
_MAX_FUSE_STRETCH = 4  # as pid 1 of the job has it; the host is the second fuse
_FUSE_GRACE_S = 5.0
_KILL_S = 2.0  # how long pid 1 may take to end a job before the whole slot is killed
_HIDDEN_CPU_S = 0.1  # CPU that the kernel counted and pid 1 did not: beyond this it is the program's
_OUR_TASKS = 3  # in the group besides the program: the waiting parent, the launcher and pid 1
# A program may open its /dev/stdout anew, but what it has written is not for it to take back.
_PIPE_MODE = 0o222
_HINT = (
    "user namespaces must be allowed: `sysctl kernel.unprivileged_userns_clone=1 user.max_user_namespaces=15000`, "
    "on Ubuntu also `kernel.apparmor_restrict_unprivileged_userns=0`; in a container, one that may make them"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerSpec:
    """What a launcher is started with."""

    layout: Layout
    box: tuple[int, int] | None = None
    """Bytes and inodes of a box that outlives jobs, for a session."""


class Worker:
    """A launcher that runs jobs. Not for several threads at once."""

    def __init__(self, spec: WorkerSpec) -> None:
        """Start a launcher and wait until it stands in its namespaces.

        Raises:
            SandboxUnavailableError: The kernel refuses; the message says what.
            OSError: No process or no descriptor is to be had.
        """
        self.jobs = 0
        self._spec = spec
        self._limits_set: tuple[int, int] | None = None
        self._slot = Slot()
        # Also when nobody closes it: when it is collected, or at the end of the interpreter.
        self._close = weakref.finalize(self, self._slot.close)
        try:
            self._set_up()
        except BaseException:
            self.close()
            raise
        self._base_bytes = self.cgroup.used_bytes() if self.cgroup else 0

    @property
    def cgroup(self) -> Cgroup | None:
        """The control group of the launcher and its jobs, where one can be had."""
        return self._slot.cgroup

    @property
    def is_alive(self) -> bool:
        """Whether the launcher still runs, and is of this process."""
        return self._slot.is_alive

    def run(self, program: Program, limits: Limits, cancelled: threading.Event) -> Ending:
        """Run one program and wait for its end.

        Raises:
            WorkerError: The sandbox failed. The worker must be closed.
            OSError: No descriptor is to be had. The worker must be closed.
        """
        self.wait_until_ready()
        before = self._begin(limits)
        start = time.monotonic()
        job, payload = _job(program, limits, self._spec.layout, counts_memory=self.cgroup is not None)
        control, capture = self._send(job, payload, program.stdin, limits)
        fuse = _HostFuse(start, limits, cancelled, self)
        with control:
            capture.pump(control.fileno(), fuse.is_blown, lambda: fuse.blow(control))
            answer = receive(control)
        self.jobs += 1
        return self._ending(answer[0] if answer else None, capture, fuse, before, time.monotonic() - start)

    def ask(self, request: Message, fd: int) -> Message:
        """Let the launcher serve a request about files with one descriptor, which is closed here.

        Raises:
            WorkerError: The sandbox failed.
        """
        try:
            self.wait_until_ready()
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs, contextlib.ExitStack() as stack:
                stack.enter_context(ours)
                self._slot.tell(request, (fd, theirs.fileno()))
                stack.pop_all()
        finally:
            os.close(fd)
        with ours:
            answer = receive(ours)
        if answer is None:
            raise WorkerError("the launcher died over files")
        return answer[0]

    def wait_until_ready(self) -> None:
        """Wait until the last request is done and nothing of it is left.

        Raises:
            WorkerError: It takes too long, or something is left.
        """
        if not self._slot.is_busy:
            return
        answer = self._slot.receive(_READY_S)
        if not isinstance(answer, Done):
            raise WorkerError(f"the launcher ended a job with {answer}")
        self._slot.is_busy = False
        if self.cgroup and len(left := self.cgroup.pids()) != _OUR_TASKS - 1:
            raise WorkerError(f"{len(left)} processes are left in the control group")

    def kill(self) -> None:
        """End the launcher and with it everything in its namespaces."""
        self._slot.kill()

    def close(self) -> None:
        """End everything and give everything back. Does nothing the second time."""
        self._close()

    def _set_up(self) -> None:
        layout, box = self._spec.layout, self._spec.box
        self._slot.set_up(
            Setup(
                uid=launcher_uid(),
                inside_uid=INSIDE_UID,
                binds=layout.binds,
                hidden=list(layout.hidden),
                links=layout.links,
                files=layout.files,
                preload=list(layout.preload),
                env=SCRIPT_ENV,
                python=layout.python,
                filters={"closed": bpf_filter(loopback=False), "loopback": bpf_filter(loopback=True)},
                box=list(box) if box else [],
            )
        )
        answer = self._slot.receive(_START_S)
        if isinstance(answer, Broken):
            raise SandboxUnavailableError(f"namespaces: {answer.what}\n\nhint: {_HINT}")
        if not isinstance(answer, Done):
            raise SandboxUnavailableError(
                f"namespaces: the launcher did not start: {self._slot.last_words()}\n\n"
                "hint: modules of `preload` must be in the standard library, or their packages named in `packages`"
            )

    def _begin(self, limits: Limits) -> Counters:
        if self.cgroup is None:
            return Counters(cpu_s=0.0, oom_kills=0, pids_refused=0)
        wanted = (limits.memory_bytes + self._base_bytes, limits.pids + _OUR_TASKS)
        if wanted != self._limits_set:
            self.cgroup.bound(*wanted)
            self._limits_set = wanted
        self.cgroup.reset_peak()
        return self.cgroup.counters()

    def _send(self, job: Job, payload: bytes, stdin: bytes, limits: Limits) -> tuple[socket.socket, Capture]:
        with contextlib.ExitStack() as ours, contextlib.ExitStack() as theirs:
            control, their_control = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            ours.enter_context(control)
            theirs.enter_context(their_control)
            given = []
            for content in (payload, stdin):
                given.append(memory_file(content))
                theirs.callback(os.close, given[-1])
            kept = []
            for _ in ("stdout", "stderr"):
                read_fd, write_fd = os.pipe()
                ours.callback(os.close, read_fd)
                theirs.callback(os.close, write_fd)
                os.fchmod(write_fd, _PIPE_MODE)
                kept.append(read_fd)
                given.append(write_fd)
            self._slot.tell(job, (*given, their_control.fileno()))
            ours.pop_all()
        return control, Capture(stdout_fd=kept[0], stderr_fd=kept[1], max_bytes=limits.output_bytes)

    def _ending(
        self, answer: Message | None, capture: Capture, fuse: _HostFuse, before: Counters, wall_s: float
    ) -> Ending:
        after = self.cgroup.counters() if self.cgroup else before
        oom_kills, pids_refused = after.oom_kills - before.oom_kills, after.pids_refused - before.pids_refused
        if isinstance(answer, Report):
            code, cpu_s, disk_full = answer.code, answer.cpu_s, answer.disk_full
            stop = Stop[answer.stop] if answer.stop else None
            peak_bytes = answer.peak_memory_bytes
        elif isinstance(answer, Broken):
            raise WorkerError(answer.what)
        elif oom_kills or fuse.has_killed:  # pid 1 was killed with its job, so nobody was left to report
            code, cpu_s, disk_full, stop, peak_bytes = -9, 0.0, False, None, 0
        else:
            raise WorkerError(f"a job ended without a report: {self._slot.last_words()}")
        counted_s = after.cpu_s - before.cpu_s
        if counted_s > cpu_s + _HIDDEN_CPU_S:  # children whose usage nobody has collected
            cpu_s = counted_s
        if self.cgroup:
            peak_bytes = max(0, self.cgroup.peak_bytes() - self._base_bytes) or peak_bytes
        return Ending(
            code=code,
            stopped_for=Stop.WALL if fuse.is_late else stop,
            cpu_s=cpu_s,
            wall_s=wall_s,
            peak_memory_bytes=peak_bytes,
            oom_kills=oom_kills,
            pids_refused=pids_refused,
            disk_full=disk_full,
            stdout=capture.stdout,
            stderr=capture.stderr,
            stdout_truncated=capture.stdout_truncated,
            stderr_truncated=capture.stderr_truncated,
        )


class _HostFuse:
    """The host's own limit on the clock, for when pid 1 of the job does not hold its one."""

    def __init__(self, start: float, limits: Limits, cancelled: threading.Event, worker: Worker) -> None:
        self._deadline = start + _MAX_FUSE_STRETCH * limits.wall_s + _FUSE_GRACE_S
        self._cancelled, self._worker = cancelled, worker
        self._blown_at: float | None = None
        self.is_late = False
        self.has_killed = False

    def is_blown(self) -> bool:
        """Whether the job has to be ended from outside."""
        if time.monotonic() > self._deadline:
            self.is_late = True
        return self.is_late or self._cancelled.is_set()

    def blow(self, control: socket.socket) -> None:
        """Ask pid 1 to end the job; if it does not within moments, kill the slot."""
        now = time.monotonic()
        if self._blown_at is None:
            self._blown_at = now
            with contextlib.suppress(OSError):
                control.shutdown(socket.SHUT_WR)
        elif now - self._blown_at > _KILL_S:
            self.has_killed = True
            self._worker.kill()


def _job(program: Program, limits: Limits, layout: Layout, *, counts_memory: bool) -> tuple[Job, bytes]:
    entry, env, program_files = program.entry, dict(program.env), dict(program.files)
    argv: tuple[str, ...]
    if isinstance(entry, PythonScript):
        program_files["main.py"] = entry.source_bytes
    if isinstance(entry, PythonScript) and layout.is_warm:
        argv = ("main.py", *entry.args)  # its interpreter has the environment of scripts
    elif isinstance(entry, PythonScript):
        argv, env = entry.command(layout.python).argv, {**SCRIPT_ENV, **env}
    else:
        argv, env = entry.argv, {**BASE_ENV, **env}
    job = Job(
        is_script=isinstance(entry, PythonScript) and layout.is_warm,
        loopback=limits.loopback,
        disk_bytes=limits.disk_bytes,
        inodes=limits.inodes,
        limits=protocol.Limits(
            cpu_s=limits.cpu_s,
            wall_s=limits.wall_s,
            memory_bytes=0 if counts_memory else limits.memory_bytes,
            pids=limits.pids,
            file_bytes=limits.file_bytes,
            open_files=limits.open_files,
        ),
    )
    return job, marshal.dumps((list(argv), program_files, env), 2)


def memory_file(content: bytes) -> int:
    """A descriptor from which these bytes can be read, and which nobody can change."""
    fd = os.memfd_create("palestra", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        with open(fd, "wb", closefd=False) as file:
            file.write(content)
        os.lseek(fd, 0, os.SEEK_SET)
        seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
    except BaseException:
        os.close(fd)
        raise
    return fd
