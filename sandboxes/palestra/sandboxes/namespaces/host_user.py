"""Which user of the host a launcher that root starts becomes."""

from __future__ import annotations

import os
import random
from pathlib import Path

_WANTED = range(0x7000_0000, 0x7FFF_0000)
"""Ids that no tool gives to people or services."""
_FEWEST = 1000
"""With fewer ids there is none to spare."""
_SPECIAL = 1000
"""The last ids of a small map belong to `nobody` and to dynamic users."""


def launcher_uid(maps: tuple[str, str] | None = None) -> int:
    """A user id that nobody else has, for root to become; -1 to stay who one is.

    Root of a container may have few ids, or only its own: then it is an ordinary user of the host.

    Args:
        maps: The texts of /proc/self/uid_map and gid_map, which are read if they are not given.
    """
    if os.geteuid() != 0:
        return -1
    texts = maps or (Path("/proc/self/uid_map").read_text(), Path("/proc/self/gid_map").read_text())
    users, groups = map(_largest, texts)
    both = range(max(users.start, groups.start), min(users.stop, groups.stop))
    if both.start <= _WANTED.start and _WANTED.stop <= both.stop:
        return random.SystemRandom().choice(_WANTED)
    if len(both) < _FEWEST:
        return -1
    return random.SystemRandom().choice(both[len(both) // 2 : max(len(both) - _SPECIAL, len(both) // 2 + 1)])


def _largest(text: str) -> range:
    """The largest range of ids that exist here."""
    rows = [[int(word) for word in line.split()] for line in text.splitlines()]
    return max((range(start, start + count) for start, _, count in rows), key=len, default=range(0))
