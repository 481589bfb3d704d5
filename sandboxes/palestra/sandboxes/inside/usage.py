"""Processes as /proc tells of them: which there are, what they use, and how to end them."""

from __future__ import annotations

import os

from .lean import NamedTuple, signal

_CLOCK_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_HAS_CHILDREN = os.access("/proc/thread-self/children", os.R_OK)  # depends on how the kernel was built
_CHUNK_BYTES = 8192


class Usage(NamedTuple):
    """What processes use at one moment."""

    cpu_s: float = 0.0
    """Of those that live, and of the children that they have waited for."""
    memory_bytes: int = 0
    """Resident; a page that several share is counted for each."""
    num_tasks: int = 0
    """Processes and threads."""
    starved_s: float = 0.0
    """How long the most starved process has waited for a core."""


def usage(pids: list[int]) -> Usage:
    """What these processes use; those that have ended meanwhile use nothing."""
    ticks = pages = tasks = 0
    starved_s = 0.0
    for pid in pids:
        fields = _stat(pid)
        if not fields:
            continue
        # Fields 14 to 17: its own time, and that of children it has waited for; then 20 and 24.
        ticks += sum(map(int, fields[11:15]))
        tasks += int(fields[17])
        pages += int(fields[21])
        waited = _read(f"/proc/{pid}/schedstat").split()  # not every kernel counts it
        starved_s = max(starved_s, int(waited[1]) / 1e9 if len(waited) > 1 else 0.0)
    return Usage(ticks * _CLOCK_TICK_S, pages * _PAGE_BYTES, tasks, starved_s)


def shared_fairly(pids: list[int]) -> int:
    """Resident bytes, a shared page divided among those that share it: exact, and slow to ask for."""
    total = 0
    for pid in pids:
        for line in _read(f"/proc/{pid}/smaps_rollup").splitlines():
            if line.startswith(b"Pss:"):
                total += int(line.split()[1]) * 1024
    return total


def everyone() -> list[int]:
    """All processes that can be seen from here."""
    return [int(name) for name in _names("/proc") if name.isdigit()]


def descendants(root: int) -> list[int]:
    """Every process that descends from one; with a subreaper at the root, none is missed for long."""
    found, children = [root], None if _HAS_CHILDREN else _children_by_parent()
    for pid in found:  # grows while it is walked
        found += _children(pid) if children is None else children.get(pid, [])
    return found[1:]


def num_tasks_of_user(uid: int) -> int:
    """Processes and threads of a user."""
    num_tasks = 0
    for pid in everyone():
        try:
            is_theirs = os.stat(f"/proc/{pid}").st_uid == uid
        except OSError:
            continue
        num_tasks += len(_names(f"/proc/{pid}/task")) if is_theirs else 0
    return num_tasks


def kill(pids: list[int]) -> None:
    """Kill these processes, as far as they still are there."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def _children(pid: int) -> list[int]:
    tasks = _names(f"/proc/{pid}/task")
    return [int(child) for task in tasks for child in _read(f"/proc/{pid}/task/{task}/children").split()]


def _children_by_parent() -> dict[int, list[int]]:
    children: dict[int, list[int]] = {}
    for pid in everyone():
        if fields := _stat(pid):
            children.setdefault(int(fields[1]), []).append(pid)
    return children


def _stat(pid: int) -> list[bytes]:
    """The fields of a process from the third on, as proc(5) counts them; none if it has ended."""
    return _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()


def _names(folder: str) -> list[str]:
    """Names in a folder of /proc; none when its process has ended."""
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _read(path: str) -> bytes:
    """A file of /proc; empty if its process has ended."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        data = b""
        while chunk := os.read(fd, _CHUNK_BYTES):
            data += chunk
        return data
    except OSError:
        return b""
    finally:
        os.close(fd)
