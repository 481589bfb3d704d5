"""What the kernel counted of a container: by its control group's files where they can be read, else by the daemon."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from palestra.sandboxes.docker.daemon import Daemon, daemon_calls

if TYPE_CHECKING:
    from palestra.sandboxes.limits import Limits

_MOUNT = Path("/sys/fs/cgroup")
WORK = "/tmp/work"
"""The working folder, in the file system of `/tmp`: one size holds for both."""
TMPFS = ("/tmp", "/dev/shm")
"""Where a program can write."""
OWN_INODES = 2
"""Of `/tmp` itself and the working folder."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """Sums over all processes of a container since it was made."""

    cpu_s: float = 0.0
    peak_memory_bytes: int = 0
    oom_kills: int = 0
    pids_refused: int = 0


class CgroupCounters:
    """Counters of a container of this machine. Cheap: three small files."""

    interval_s = 0.02
    sees_pids = True

    def __init__(self, init_pid: int, folders: dict[str, Path]) -> None:
        self._init_pid = init_pid
        self._memory, self._pids, self._cpu = folders["memory"], folders["pids"], folders["cpuacct"]
        self._is_v2 = (self._memory / "memory.events").exists()
        # Linux before 5.19 keeps no peak: what there is at the end stands for it.
        self._peak = "memory.peak" if (self._memory / "memory.peak").exists() else "memory.current"
        self.read()

    @classmethod
    def of(cls, container: str, init_pid: int) -> CgroupCounters | None:
        """Those of a container; None if its files are out of reach: another machine, or another view of it."""
        try:
            folders = _folders(init_pid, container)
            return cls(init_pid, folders) if folders else None
        except (OSError, ValueError, KeyError):
            return None

    def read(self) -> Counts:
        """The counters now."""
        if self._is_v2:
            return Counts(
                cpu_s=_value(self._cpu / "cpu.stat", "usage_usec") / 1e6,
                peak_memory_bytes=_number(self._memory / self._peak),
                oom_kills=_value(self._memory / "memory.events", "oom_kill"),
                pids_refused=_value(self._pids / "pids.events", "max"),
            )
        return Counts(
            cpu_s=_number(self._cpu / "cpuacct.usage") / 1e9,
            peak_memory_bytes=_number(self._memory / "memory.max_usage_in_bytes"),
            oom_kills=_value(self._memory / "memory.oom_control", "oom_kill"),
            pids_refused=_value(self._pids / "pids.events", "max"),
        )

    def forget_peak(self) -> None:
        """Count the most memory from now on, where we have the right to say so."""
        with contextlib.suppress(OSError):
            if not self._is_v2:
                (self._memory / "memory.max_usage_in_bytes").write_text("0", encoding="ascii")

    def is_disk_passed(self, limits: Limits) -> bool:
        """Whether all places to write in hold more together than one may."""
        places = self._places()
        num_bytes = sum((place.f_blocks - place.f_bfree) * place.f_frsize for place in places)
        num_inodes = sum(place.f_files - place.f_ffree for place in places) - OWN_INODES - 1
        return num_bytes > limits.disk_bytes or num_inodes > limits.inodes

    def is_disk_full(self, limits: Limits) -> bool:
        """Whether no byte or no inode is left, in one place or in all together."""
        is_one_full = any(place.f_bavail == 0 or place.f_ffree == 0 for place in self._places())
        return is_one_full or self.is_disk_passed(limits)

    @property
    def sees_disk(self) -> bool:
        """Whether `is_disk_full` can know."""
        return os.access(f"/proc/{self._init_pid}/root{WORK}", os.F_OK)

    def pids(self) -> frozenset[int]:
        """Processes of the container, by their numbers here."""
        return frozenset(map(int, (self._pids / "cgroup.procs").read_text(encoding="ascii").split()))

    def _places(self) -> tuple[os.statvfs_result, ...]:
        try:
            return tuple(os.statvfs(f"/proc/{self._init_pid}/root{path}") for path in TMPFS)
        except OSError:  # needs root
            return ()

    def kill(self, spared: frozenset[int]) -> bool:
        """Send SIGKILL to all but some; False if we may not."""
        for pid in self.pids() - spared:
            try:
                fd = os.pidfd_open(pid)
            except ProcessLookupError:
                continue
            try:
                if pid in self.pids():  # so the descriptor is not that of a later process with its number
                    signal.pidfd_send_signal(fd, signal.SIGKILL)
            except ProcessLookupError:
                continue
            except PermissionError:
                return False
            finally:
                os.close(fd)
        return True


class ApiCounters:
    """Counters as the daemon tells them. It does not count refused processes, and not the disk."""

    interval_s = 0.25
    sees_pids = False
    sees_disk = False

    def __init__(self, daemon: Daemon, container: str) -> None:
        self._daemon, self._container, self._start = daemon, container, int(time.time()) - 1

    def read(self) -> Counts:
        """The counters now."""
        api = self._daemon.client.api
        with daemon_calls():
            stats: dict[str, Any] = api.stats(self._container, stream=False, one_shot=True)
        memory = stats.get("memory_stats") or {}
        cpu = (stats.get("cpu_stats") or {}).get("cpu_usage") or {}
        return Counts(
            cpu_s=cpu.get("total_usage", 0) / 1e9,
            peak_memory_bytes=memory.get("max_usage", memory.get("usage", 0)),
            oom_kills=self._oom_kills(),
        )

    def forget_peak(self) -> None:
        """Does nothing: the daemon counts from the start."""

    def is_disk_passed(self, limits: Limits) -> bool:
        """Never known."""
        return False

    is_disk_full = is_disk_passed

    def pids(self) -> frozenset[int]:
        """Processes of the container, by their numbers on the daemon's machine."""
        with daemon_calls():
            top = self._daemon.client.api.top(self._container, ps_args="-eo pid")
        return frozenset(int(row[0]) for row in top["Processes"] or ())

    def kill(self, spared: frozenset[int]) -> bool:
        """Never possible from here."""
        return False

    def _oom_kills(self) -> int:
        with daemon_calls():
            events = self._daemon.client.api.events(
                since=self._start,
                until=int(time.time()) + 1,  # the second is not over
                filters={"container": [self._container], "event": ["oom"]},
                decode=True,
            )
            try:
                return sum(1 for _ in events)
            finally:
                events.close()


Counters = CgroupCounters | ApiCounters


def _folders(pid: int, container: str) -> dict[str, Path] | None:
    found: dict[str, Path] = {}
    for line in Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8").splitlines():
        _, names, path = line.split(":", 2)
        if container not in path:
            continue  # a process of this machine that happens to have the number
        for name in names.split(","):
            found[name] = _MOUNT / names / path.lstrip("/")
    if "" in found and "memory" not in found:
        found |= dict.fromkeys(("memory", "pids", "cpuacct"), found[""])
    return found or None


def _number(path: Path) -> int:
    return int(path.read_text(encoding="ascii"))


def _value(path: Path, name: str) -> int:
    for line in path.read_text(encoding="ascii").splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    raise ValueError(f"`{path}` has no `{name}`")
