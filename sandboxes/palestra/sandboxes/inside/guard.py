"""The limits that the kernel does not hold by itself, held by looking often enough."""

from __future__ import annotations

import os
import time

from .protocol import Limits
from .usage import Usage, shared_fairly, usage

_LONGEST_TICK_S, _SHORTEST_TICK_S = 0.05, 0.002
_UNCOUNTED_TICK_S = 0.01  # where only these looks hold the memory
_MAX_FUSE_STRETCH = 4  # a starved program gets at most so many times its wall seconds
_NUM_CORES = len(os.sched_getaffinity(0))


class Guard:
    """Looks at a program's processes, from its start on."""

    def __init__(self, limits: Limits) -> None:
        self.cpu_s, self.peak_bytes = 0.0, 0
        self._limits, self._start_s = limits, time.monotonic()
        self.tick_s = self._pause_s(Usage(), 0.0)
        """How long the next look may wait."""

    @property
    def elapsed_s(self) -> float:
        """Seconds on the clock since the start."""
        return time.monotonic() - self._start_s

    def look(self, pids: list[int], reaped_cpu_s: float = 0.0) -> str:
        """The limit that these processes and those before them have reached; empty if none."""
        limits, now, elapsed_s = self._limits, usage(pids), self.elapsed_s
        now = now._replace(cpu_s=now.cpu_s + reaped_cpu_s)
        if limits.memory_bytes and now.memory_bytes > limits.memory_bytes:
            now = now._replace(memory_bytes=shared_fairly(pids))
        self.cpu_s, self.peak_bytes = max(self.cpu_s, now.cpu_s), max(self.peak_bytes, now.memory_bytes)
        self.tick_s = self._pause_s(now, elapsed_s)
        return judge(now, elapsed_s, limits)

    def _pause_s(self, now: Usage, elapsed_s: float) -> float:
        limits = self._limits
        longest_s = _UNCOUNTED_TICK_S if limits.memory_bytes else _LONGEST_TICK_S
        until_limit_s = min((limits.cpu_s - now.cpu_s) / _NUM_CORES, max(limits.wall_s - elapsed_s, 0.0))
        return max(_SHORTEST_TICK_S, min(longest_s, until_limit_s))


def judge(now: Usage, elapsed_s: float, limits: Limits) -> str:
    """Which limit is over: `MEMORY`, `PIDS`, `CPU`, `WALL`, or none."""
    if limits.memory_bytes and now.memory_bytes > limits.memory_bytes:
        return "MEMORY"
    if now.num_tasks > limits.pids:
        return "PIDS"
    if now.cpu_s > limits.cpu_s:
        return "CPU"
    # The time that a process has waited for a core is not held against the program.
    patience_s = min(limits.wall_s + now.starved_s, _MAX_FUSE_STRETCH * limits.wall_s)
    return "WALL" if elapsed_s > patience_s else ""
