"""Signs of life of the ranks of a run, kept in the store that they met at."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from datetime import timedelta

from torch.distributed import Store  # type: ignore[attr-defined]  # exported, but not said to be

BEAT_S = 1.0
"""Time between two signs of life."""
_REPLY = timedelta(seconds=20)


class Heartbeats:
    """Gives this rank's signs of life from a thread of its own, and looks for those of others."""

    def __init__(self, store: Store, rank: int, size: int) -> None:
        """Begin to beat.

        Args:
            store: A connection that nobody else uses: the thread must never wait behind another call.
            rank: Of this process.
            size: Number of ranks.
        """
        self._rank, self._size = rank, size
        self._store = store
        self._reader = store.clone()  # type: ignore[attr-defined]  # missing in the stubs
        self._reader.set_timeout(_REPLY)
        self._seen: dict[int, tuple[int, float]] = {}
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="palestra-heartbeat", daemon=True)
        self._store.add(_key(rank), 1)
        self._thread.start()

    def silent_for(self, rank: int) -> float:
        """Seconds since a rank's last sign of life was first seen; looks again first.

        Raises:
            RuntimeError: The store is gone.
        """
        now, count = time.monotonic(), self._reader.add(_key(rank), 0)
        if rank not in self._seen or self._seen[rank][0] != count:
            self._seen[rank] = (count, now)
        return now - self._seen[rank][1]

    def silent(self, ranks: Iterable[int], limit_s: float) -> list[int]:
        """The ranks among the given ones that have been silent for longer."""
        return [rank for rank in ranks if self.silent_for(rank) > limit_s]

    def stopped(self, watch_s: float = 4.0 * BEAT_S) -> list[int]:
        """The other ranks that give no sign of life within a few seconds of watching."""
        others = [rank for rank in range(self._size) if rank != self._rank]
        before = {rank: self._reader.add(_key(rank), 0) for rank in others}
        time.sleep(watch_s)
        return [rank for rank in others if self._reader.add(_key(rank), 0) == before[rank]]

    def close(self) -> None:
        """End the thread."""
        self._end.set()
        self._thread.join(timeout=_REPLY.total_seconds())

    def _beat(self) -> None:
        while not self._end.wait(BEAT_S):
            try:
                self._store.add(_key(self._rank), 1)
            except RuntimeError:
                return  # the store is gone: the main thread finds out by itself


def _key(rank: int) -> str:
    return f"beat/{rank}"
