"""An end to episodes that is set from outside: the time is up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class CurfewError(Exception):
    """The curfew fell inside the block. It never leaves the driver, which makes a masked rollout of it."""


class Curfew:
    """Ends the episodes under it when it falls; those that are over stand.

    A falling curfew is no failure of a policy or an environment: what it cuts is masked and not tried again.
    """

    def __init__(self) -> None:
        self._limits: set[asyncio.Timeout] = set()
        self._fallen = asyncio.Event()

    @property
    def has_fallen(self) -> bool:
        """Whether it is time to go home."""
        return self._fallen.is_set()

    def fall(self) -> None:
        """End everything under it, and everything that is still to begin."""
        self._fallen.set()
        for limit in self._limits:
            if not limit.expired():
                limit.reschedule(0.0)

    async def wait(self) -> None:
        """Return when it falls."""
        await self._fallen.wait()

    @asynccontextmanager
    async def over(self) -> AsyncIterator[None]:
        """A block that it ends.

        Raises:
            CurfewError: It did.
        """
        limit = asyncio.timeout(0.0 if self.has_fallen else None)
        try:
            async with limit:
                self._limits.add(limit)
                yield
        except TimeoutError as error:
            if limit.expired():
                raise CurfewError from error
            raise
        finally:
            self._limits.discard(limit)
