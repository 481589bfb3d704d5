"""What a sandbox of this process could leave behind on the host, counted."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True, kw_only=True, slots=True)
class Leftovers:
    children: int
    fds: int
    threads: int
    mounts: int
    cgroups: int


def leftovers() -> Leftovers:
    return Leftovers(
        children=len(descendants(os.getpid())),
        fds=len(list(Path("/proc/self/fd").iterdir())),
        threads=threading.active_count(),
        mounts=len(Path("/proc/self/mounts").read_text().splitlines()),
        cgroups=len(cgroups_of(os.getpid())),
    )


def cgroups_of(pid: int) -> list[Path]:
    folders = [_CGROUPS, *(path for path in _CGROUPS.iterdir() if path.is_dir())] if _CGROUPS.is_dir() else []
    return [path for folder in folders for path in folder.glob(f"palestra-{pid}-*")]


def descendants(pid: int) -> list[int]:
    """Processes that this one has started, and theirs; zombies too."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(folder.name)] = int(fields[1])
    found, new = [], [pid]
    while new:
        new = [child for child, parent in parents.items() if parent in new]
        found += new
    return found


def soon(is_so: Callable[[], bool], patience_s: float = 10.0) -> bool:
    """Whether it comes to be so; the kernel cleans up a moment after the call has returned."""
    deadline = time.monotonic() + patience_s
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
