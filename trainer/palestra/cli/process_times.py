"""What processes of this machine use of the processor, read from /proc."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

_LISTENING = "0A"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def listener_of(url: str) -> int | None:
    """The process that listens at the port of a URL of this machine; None if there is none that we may see."""
    address = urlsplit(url)
    if address.hostname not in _LOOPBACK or address.port is None:
        return None
    sockets = set(_listening(address.port))
    for process in _processes():
        try:
            if any(str(file.readlink()) in sockets for file in (process / "fd").iterdir()):
                return int(process.name)
        except OSError:  # ended meanwhile, or another user's
            continue
    return None


def cpu_s_of(root: int | None) -> float:
    """CPU seconds so far of a process and of all below it; NaN if it does not run, or is None."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for process in _processes():
        try:
            fields = (process / "stat").read_text().rpartition(")")[2].split()  # a name may hold blanks and brackets
        except OSError:
            continue
        number = int(process.name)
        parents[number] = int(fields[1])
        ticks[number] = sum(map(int, fields[11:15]))  # its own, and those of children that it has waited for
    if root not in ticks:
        return math.nan
    used = sum(spent for number, spent in ticks.items() if root in _above(number, parents))
    return used / os.sysconf("SC_CLK_TCK")


def _above(number: int, parents: dict[int, int]) -> Iterator[int]:
    """A process and those that it came from."""
    above: int | None = number
    while above is not None:
        yield above
        above = parents.get(above)


def _processes() -> Iterator[Path]:
    return (entry for entry in Path("/proc").iterdir() if entry.name.isdecimal())


def _listening(port: int) -> Iterator[str]:
    """The sockets that listen at a port, as /proc/PID/fd names them."""
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        for line in table.read_text().splitlines()[1:] if table.exists() else ():
            _, local, _, state, *_, inode = line.split()[:10]
            if state == _LISTENING and int(local.rpartition(":")[2], 16) == port:
                yield f"socket:[{inode}]"
