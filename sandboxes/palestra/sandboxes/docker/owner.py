"""Who a container belongs to: a name for this process that no other process ever has."""

from __future__ import annotations

import os
from pathlib import Path


def owner(pid: int | None = None) -> str:
    """This boot of the machine, the process table, the process and its start."""
    number = os.getpid() if pid is None else pid
    return ".".join((*_table(), str(number), _start(number)))


def is_gone(name: str) -> bool:
    """Whether that process is known to be dead; False for those of other machines."""
    *table, pid, start = name.split(".")
    if tuple(table) != _table() or not pid.isdecimal():
        return False
    try:
        return _start(int(pid)) != start
    except OSError:
        return True


def _table() -> tuple[str, str]:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return boot, str(Path("/proc/self/ns/pid").stat().st_ino)


def _start(pid: int) -> str:
    text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    return text.rpartition(")")[2].split()[19]  # proc(5): field 22; the name before may hold spaces
