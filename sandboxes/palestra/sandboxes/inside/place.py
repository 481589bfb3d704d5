"""The fresh place of one job: a pid namespace with its pid 1, and an empty box to write in."""

from __future__ import annotations

import os
import resource

from . import root, spaces
from .lean import NamedTuple, signal
from .protocol import Job
from .usage import kill

_own_pid_namespace = -1


def prepare() -> None:
    """Keep what is needed to come back from a job's pid namespace. Called once, by pid 1 of the slot."""
    global _own_pid_namespace
    _own_pid_namespace = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)


class Place(NamedTuple):
    """A pid namespace and a box. `fork` makes the process that will be the job; `end` and `close` leave nothing."""

    pid_1: int
    """Its first process, as the launcher sees it: it sleeps in the kernel, and its end is the end of all others."""
    keeps_box: bool

    @classmethod
    def make(cls, job: Job, *, keeps_box: bool) -> Place:
        """Make an empty place.

        Raises:
            OSError: The kernel refuses.
        """
        _leave_used_network()
        if keeps_box:
            root.restore_box()
        else:
            root.mount_box(job.disk_bytes, job.inodes)
        try:
            spaces.unshare(spaces.CLONE_NEWPID)  # of the children, from here on
            # A pid 1 that ignores this is spared of orphans: the kernel buries them.
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            try:
                return cls(spaces.clone_sleeper(), keeps_box)
            finally:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        except OSError:
            _come_back()
            if not keeps_box:
                root.unmount_box()
            raise

    def fork(self) -> int:
        """Fork a process into the pid namespace: 0 in the child. For one process only."""
        pid = -1
        try:
            pid = os.fork()
        finally:
            if pid != 0:
                _come_back()
        return pid

    def end(self, pid: int) -> tuple[int, resource.struct_rusage]:
        """Kill everything and wait until it is gone; the wait status and usage of the process that was forked."""
        kill([self.pid_1])
        # The kernel ends pid 1 last, and that not before its sibling from outside has been waited for.
        _, status, usage = os.wait4(pid, 0)
        os.waitpid(self.pid_1, 0)
        return status, usage

    def is_full(self) -> bool:
        """Whether no byte or no inode is left in the box."""
        disk = os.statvfs(root.BOX)
        return disk.f_bfree == 0 or disk.f_ffree == 0

    def close(self) -> None:
        """Let go of the box, after the end."""
        if not self.keeps_box:
            root.unmount_box()

    def abandon(self) -> None:
        """End and close a place in which nothing was forked."""
        kill([self.pid_1])
        os.waitpid(self.pid_1, 0)
        self.close()


def _leave_used_network() -> None:
    """Take a new network namespace if sockets of an earlier job are still in this one.

    Unix sockets that were sent over each other outlive their processes until the kernel collects them, and their
    names could be read by the next job.
    """
    fd = os.open("/proc/self/net/unix", os.O_RDONLY | os.O_CLOEXEC)
    has_sockets = os.read(fd, 256).count(b"\n") > 1  # the first line is the heading
    os.close(fd)
    if has_sockets:
        spaces.unshare(spaces.CLONE_NEWNET)


def _come_back() -> None:
    """Let children be in the own pid namespace again."""
    spaces.setns(_own_pid_namespace, spaces.CLONE_NEWPID)
