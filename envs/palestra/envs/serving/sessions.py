"""All sessions of a server, and when they end."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from palestra.envs.serving.errors import CapacityError, UnknownSessionError
from palestra.envs.serving.limits import ServingLimits
from palestra.envs.serving.offer import Offer
from palestra.envs.serving.session import Session

_LOG = logging.getLogger(__name__)


class Sessions:
    """Opens, finds and closes sessions: never more than the limits allow, none longer than it is used.

    A session whose request overran its deadline keeps its place until its thread ends, so threads never pile up.
    """

    def __init__(self, limits: ServingLimits, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self._clock = clock
        self._threads = ThreadPoolExecutor(max_workers=limits.sessions, thread_name_prefix="palestra-serve")
        self._open: dict[str, Session] = {}

    def __len__(self) -> int:
        return len(self._open)

    def now(self) -> float:
        """The time by which sessions are idle."""
        return self._clock()

    async def open(self, offer: Offer) -> Session:
        """A new session.

        Raises:
            CapacityError: All are taken.
        """
        if len(self._open) >= self.limits.sessions:
            await self.close_idle()
        if len(self._open) >= self.limits.sessions:
            raise CapacityError(
                f"all {self.limits.sessions} sessions are taken\n\nhint: close one, or serve with more `--sessions`"
            )
        session = Session(offer, self._threads, self.limits.request_s)
        session.last_asked_s = self.now()
        self._open[session.id] = session
        return session

    def find(self, session_id: str, offer: Offer | None = None) -> Session:
        """The session of an id, which is used now; of one environment, where it is named.

        Raises:
            UnknownSessionError: There is none, or none of this environment, or it was idle for too long.
        """
        session = self._open.get(session_id)
        if session is None or offer not in (None, session.offer) or session.is_lost or self._is_idle(session):
            raise UnknownSessionError(
                f"no session `{session_id[:40]}`\n\n"
                f"hint: sessions end when closed, or after {self.limits.idle_s:g} s without a request"
            )
        session.last_asked_s = self.now()
        return session

    async def close(self, session: Session) -> None:
        """End a session."""
        if session.is_working:
            session.is_lost = True  # keeps its place until `close_idle` finds its thread at rest
            return
        self._open.pop(session.id, None)
        try:
            await session.close()
        except Exception as error:  # noqa: BLE001  the boundary: one that cannot be closed must not keep the others open
            _LOG.warning("session of `%s` was not closed: %r", session.offer.id, error)

    async def close_idle(self) -> None:
        """End the sessions that nobody uses any more."""
        for session in list(self._open.values()):
            if not session.is_working and (session.is_lost or self._is_idle(session)):
                await self.close(session)

    async def keep_closing_idle(self) -> None:
        """`close_idle` for as long as the server runs."""
        while True:
            await asyncio.sleep(min(self.limits.idle_s / 4, 30.0))
            await self.close_idle()

    async def close_all(self) -> None:
        """End every session; requests under way are not waited for."""
        for session in list(self._open.values()):
            await self.close(session)
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _is_idle(self, session: Session) -> bool:
        return self.now() - session.last_asked_s > self.limits.idle_s
