"""When a generator is asked: as soon as anybody asks, or in rounds that do not depend on clocks."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class Lockstep:
    """Counts the episodes of a call that are on the move: those that wait neither for the generator nor for a place.

    When none is, all that could have been asked has been asked, however long each environment took: what the
    generator decodes together is then decided by the episodes alone, and a run repeats bit for bit.
    """

    def __init__(self) -> None:
        self._moving = 0
        self._when_still: list[Callable[[], None]] = []

    @property
    def is_still(self) -> bool:
        """Whether nobody is on the move."""
        return self._moving == 0

    def when_still(self, call: Callable[[], None]) -> None:
        """Have this called each time that the last one stops."""
        self._when_still.append(call)

    def start(self, episodes: int = 1) -> None:
        """So many more are on the move. Whoever wakes a waiting episode says so, before it runs."""
        self._moving += episodes

    def stop(self) -> None:
        """One waits from now on, or is over."""
        self._moving -= 1
        if self._moving == 0:
            for call in self._when_still:
                call()


class Places:
    """A bounded number of places, in the order of asking; who waits for one is not on the move."""

    def __init__(self, limit: int, lockstep: Lockstep | None) -> None:
        self._free = limit
        self._lockstep = lockstep
        self._waiting: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def hold(self) -> AsyncIterator[None]:
        """Wait for a place and hold it."""
        await self._take()
        try:
            yield
        finally:
            self._give()

    async def _take(self) -> None:
        if self._free:
            self._free -= 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        if self._lockstep is not None:
            self._lockstep.stop()
        try:
            await place
        except asyncio.CancelledError:
            if place.cancelled():
                self._waiting.remove(place)
                if self._lockstep is not None:
                    self._lockstep.start()
            else:
                self._give()  # it was handed over in the same moment
            raise

    def _give(self) -> None:
        for place in self._waiting:
            if not place.done():
                self._waiting.remove(place)
                if self._lockstep is not None:
                    self._lockstep.start()
                place.set_result(None)
                return
        self._free += 1
