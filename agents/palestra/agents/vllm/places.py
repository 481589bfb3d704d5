"""A queue for places at workers."""

from __future__ import annotations

import asyncio
from collections import deque


class Places:
    """Wakes those who wait for a place, in their order."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def wait(self, timeout_s: float | None) -> None:
        """Until a place may be free, or the time is over."""
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await asyncio.wait_for(place, timeout_s)
        except TimeoutError:
            pass
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.wake()  # it was this one's turn: the next one's now
            raise

    def wake(self) -> None:
        """One place is free."""
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return

    def wake_all(self) -> None:
        """Something changed that concerns all."""
        while self._waiting:
            self.wake()

    def forget(self) -> None:
        """Nobody waits: the loop of those who did has ended."""
        self._waiting.clear()
