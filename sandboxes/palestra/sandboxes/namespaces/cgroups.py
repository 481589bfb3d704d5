"""Counting and bounding the memory and the processes of a slot by a control group, version 1 or 2.

Not every user may make one; `make_cgroup` finds out by doing.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PREFIX = "palestra"
_numbers = itertools.count()


@dataclass(frozen=True, kw_only=True, slots=True)
class Counters:
    """What a group has counted since it was made."""

    cpu_s: float
    oom_kills: int
    pids_refused: int


class Cgroup(ABC):
    """A control group of one slot."""

    version: str
    """`cgroup v1` or `cgroup v2`."""

    @abstractmethod
    def add(self, pid: int) -> None:
        """Move a process into the group."""

    @abstractmethod
    def bound(self, memory_bytes: int, pids: int) -> None:
        """Bound the memory and the number of tasks of the group."""

    @abstractmethod
    def reset_peak(self) -> None:
        """Let `peak_bytes` count from now, where the kernel can."""

    @abstractmethod
    def peak_bytes(self) -> int:
        """Most memory at once since `reset_peak`; 0 if the kernel cannot say."""

    @abstractmethod
    def used_bytes(self) -> int:
        """Memory now."""

    @abstractmethod
    def counters(self) -> Counters:
        """What has been counted."""

    @abstractmethod
    def pids(self) -> list[int]:
        """Processes in the group now."""

    @abstractmethod
    def folders(self) -> tuple[Path, ...]:
        """Where the group is, one folder for each hierarchy."""

    def remove(self) -> None:
        """Kill what is in the group and remove it."""
        with contextlib.suppress(OSError):
            for _ in range(100):
                alive = self.pids()
                if not alive:
                    break
                for pid in alive:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                time.sleep(0.01)
        for folder in self.folders():
            _remove(folder)


class _Version1(Cgroup):
    version = "cgroup v1"

    def __init__(self, memory: Path, pids: Path, cpu: Path | None) -> None:
        self._memory, self._pids, self._cpu = memory, pids, cpu
        self._has_swap = (memory / "memory.memsw.limit_in_bytes").exists()

    def add(self, pid: int) -> None:
        for folder in self.folders():
            _write(folder / "cgroup.procs", pid)

    def bound(self, memory_bytes: int, pids: int) -> None:
        # Memory with swap may never be less than memory alone, so the order depends on the direction.
        order = ["memory.limit_in_bytes", *(["memory.memsw.limit_in_bytes"] if self._has_swap else [])]
        for names in (order, order[::-1]):
            with contextlib.suppress(OSError):
                for name in names:
                    _write(self._memory / name, memory_bytes)
                break
        _write(self._pids / "pids.max", pids)

    def reset_peak(self) -> None:
        _write(self._memory / "memory.max_usage_in_bytes", 0)

    def peak_bytes(self) -> int:
        return int(_read(self._memory / "memory.max_usage_in_bytes"))

    def used_bytes(self) -> int:
        return int(_read(self._memory / "memory.usage_in_bytes"))

    def counters(self) -> Counters:
        return Counters(
            cpu_s=int(_read(self._cpu / "cpuacct.usage")) / 1e9 if self._cpu else 0.0,
            oom_kills=_field(_read(self._memory / "memory.oom_control"), "oom_kill"),
            pids_refused=_field(_read(self._pids / "pids.events"), "max"),
        )

    def pids(self) -> list[int]:
        return [int(pid) for pid in _read(self._pids / "cgroup.procs").split()]

    def folders(self) -> tuple[Path, ...]:
        return (self._memory, self._pids, *([self._cpu] if self._cpu else []))


class _Version2(Cgroup):
    version = "cgroup v2"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Since Linux 6.12 a write to an open file resets the peak for its readers alone.
        self._peak_fd = _open_or_none(folder / "memory.peak")

    def add(self, pid: int) -> None:
        _write(self._folder / "cgroup.procs", pid)

    def bound(self, memory_bytes: int, pids: int) -> None:
        _write(self._folder / "memory.max", memory_bytes)
        with contextlib.suppress(OSError):
            _write(self._folder / "memory.swap.max", 0)
        _write(self._folder / "pids.max", pids)

    def reset_peak(self) -> None:
        if self._peak_fd is not None:
            try:
                os.write(self._peak_fd, b"0")
            except OSError:
                os.close(self._peak_fd)
                self._peak_fd = None

    def peak_bytes(self) -> int:
        return int(os.pread(self._peak_fd, 64, 0)) if self._peak_fd is not None else 0

    def used_bytes(self) -> int:
        return int(_read(self._folder / "memory.current"))

    def counters(self) -> Counters:
        return Counters(
            cpu_s=_field(_read(self._folder / "cpu.stat"), "usage_usec") / 1e6,
            oom_kills=_field(_read(self._folder / "memory.events"), "oom_kill"),
            pids_refused=_field(_read(self._folder / "pids.events"), "max"),
        )

    def pids(self) -> list[int]:
        return [int(pid) for pid in _read(self._folder / "cgroup.procs").split()]

    def folders(self) -> tuple[Path, ...]:
        return (self._folder,)

    def remove(self) -> None:
        if self._peak_fd is not None:
            os.close(self._peak_fd)
            self._peak_fd = None
        with contextlib.suppress(OSError):
            _write(self._folder / "cgroup.kill", 1)
        super().remove()


def make_cgroup() -> Cgroup | None:
    """A new group beneath that of this process, with memory and pids counted; None if that cannot be had."""
    name = f"{_PREFIX}-{os.getpid()}-{next(_numbers)}"
    with contextlib.suppress(OSError):
        mounts, own = _mounts(), _own_groups()
        if group := _make_version_1(name, mounts, own):
            return group
        return _make_version_2(name, mounts, own)
    return None


def sweep() -> None:
    """Remove the empty groups that a killed process of ours has left; those in use are not ours to judge."""
    with contextlib.suppress(OSError):
        mounts, own = _mounts(), _own_groups()
        for controller, mount in mounts.items():
            for parent in _candidates(mount, own.get(controller, "/")):
                for folder in parent.glob(f"{_PREFIX}-*-*"):
                    pid = folder.name.split("-")[1]
                    if pid.isdigit() and not Path(f"/proc/{pid}").exists():
                        with contextlib.suppress(OSError):
                            folder.rmdir()


def _make_version_1(name: str, mounts: dict[str, Path], own: dict[str, str]) -> Cgroup | None:
    if "memory" not in mounts or "pids" not in mounts:
        return None
    made: dict[str, Path] = {}
    for controller in ("memory", "pids", "cpuacct"):
        if controller not in mounts:
            continue
        folder = mounts[controller] / own.get(controller, "/").lstrip("/") / name
        try:
            folder.mkdir()
        except OSError:
            if controller == "cpuacct":
                continue
            for other in made.values():
                other.rmdir()
            return None
        made[controller] = folder
    return _Version1(made["memory"], made["pids"], made.get("cpuacct"))


def _make_version_2(name: str, mounts: dict[str, Path], own: dict[str, str]) -> Cgroup | None:
    if "" not in mounts:
        return None
    for parent in _candidates(mounts[""], own.get("", "/")):
        with contextlib.suppress(OSError):
            given = set(_read(parent / "cgroup.subtree_control").split())
            if not {"memory", "pids"} <= given:
                _write(parent / "cgroup.subtree_control", "+memory +pids")
            folder = parent / name
            folder.mkdir()
            try:
                _write(folder / "memory.max", "max")
                _write(folder / "pids.max", "max")
            except OSError:
                folder.rmdir()
                raise
            return _Version2(folder)
    return None


def _candidates(mount: Path, own: str) -> Iterator[Path]:
    """The own group, then those above it: processes may not live in a group that hands controllers down."""
    folder = mount / own.lstrip("/")
    while True:
        yield folder
        if folder == mount or mount not in folder.parents:
            return
        folder = folder.parent


def _mounts() -> dict[str, Path]:
    """Controller -> where its hierarchy is mounted; the key of version 2 is empty."""
    found: dict[str, Path] = {}
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, folder, kind, options = line.split()[:4]
        if kind == "cgroup2":
            found.setdefault("", Path(folder))
        elif kind == "cgroup":
            for option in options.split(","):
                found.setdefault(option, Path(folder))
    return found


def _own_groups() -> dict[str, str]:
    """Controller -> the group of this process; the key of version 2 is empty."""
    groups: dict[str, str] = {}
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        groups |= dict.fromkeys(controllers.split(","), path)
    return groups


def _remove(folder: Path) -> None:
    for _ in range(100):  # the kernel lets go of a dead process a moment after it was waited for
        try:
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.01)
        else:
            return


def _read(path: Path) -> str:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(fd, 1 << 16).decode()
    finally:
        os.close(fd)


def _write(path: Path, value: int | str) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, str(value).encode())
    finally:
        os.close(fd)


def _open_or_none(path: Path) -> int | None:
    try:
        return os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None


def _field(text: str, name: str) -> int:
    found = re.search(rf"^{name} (\d+)$", text, re.MULTILINE)
    return int(found[1]) if found else 0
