"""The driver's side of environments elsewhere: which host gets an episode, and what becomes of lost hosts."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol, TypeVar

from palestra.agents.errors import EnvWorkersError
from palestra.agents.remote.env import RemoteEnv
from palestra.agents.remote.errors import EpisodeLostError, HostLostError
from palestra.agents.remote.spec import EnvSpec, Fault, News, TaskName
from palestra.envs import EndReason, EnvError, KeyedRandom, TextEnv

log = logging.getLogger("palestra")
ReplyT = TypeVar("ReplyT")


class HostLink(Protocol):
    """A connection to an `EnvHost` in another process: its calls, which may raise whatever the transport raises."""

    @property
    def name(self) -> str:
        """For people: which process it is."""
        ...

    def ping(self) -> Awaitable[int]:
        """Answers when the host is up."""
        ...

    def open(self, session: str, spec: EnvSpec, name: TaskName) -> Awaitable[News | Fault]:
        """`EnvHost.open`."""
        ...

    def play(self, session: str, text: str) -> Awaitable[News | Fault]:
        """`EnvHost.play`."""
        ...

    def grade(self, session: str, end: EndReason | None) -> Awaitable[News | Fault]:
        """`EnvHost.grade`."""
        ...

    def fork(self, session: str, twin: str) -> Awaitable[Fault | None]:
        """`EnvHost.fork`."""
        ...

    def advise(self, session: str, rng: KeyedRandom | None) -> Awaitable[str | Fault]:
        """`EnvHost.advise`."""
        ...

    def close(self, session: str) -> Awaitable[Fault | None]:
        """`EnvHost.close`."""
        ...

    def restart(self) -> None:
        """End the host's process if there is one, and have another take its place; does not wait for it."""
        ...

    def end(self) -> None:
        """End the host's process for good."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class PoolLimits:
    """How much a host holds, and how long it is waited for."""

    episodes_per_host: int = 16
    """Episodes that a host holds at once."""
    open_s: float = 120.0
    """Longest start of an episode."""
    play_s: float = 600.0
    """Longest turn."""
    grade_s: float = 600.0
    """Longest judgement."""
    ping_s: float = 10.0
    """A host that does not answer a ping for so long is started anew."""
    patience_s: float = 120.0
    """After so long without any host the run stops."""

    def __post_init__(self) -> None:
        if self.episodes_per_host < 1:
            raise ValueError(f"episodes_per_host must be at least 1, got {self.episodes_per_host}")
        for name in ("open_s", "play_s", "grade_s", "ping_s", "patience_s"):
            if not 0.0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be positive and finite, got {getattr(self, name)}")


@dataclass(kw_only=True, slots=True)
class PoolTotals:
    """What a pool went through so far."""

    episodes: int = 0
    """That were started."""
    lost: int = 0
    """Times that a host went away or hung."""
    returned: int = 0
    """Times that one came back."""


@dataclass(eq=False, kw_only=True, slots=True)
class Host:
    """A host as the pool sees it."""

    link: HostLink
    episodes: int = 0
    is_up: bool = True
    failure: str = ""
    """Why it was last given up."""
    abandoned: list[str] = field(default_factory=list)
    """Sessions to be closed when it answers again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Seat:
    """The place of an episode on a host."""

    host: Host
    session: str


class EnvPool:
    """Plays episodes on hosts elsewhere: each goes to the host with the fewest, and stays there to its end.

    A host that fails is out until it answers again; its episodes are lost, which the driver makes good by playing
    them once more on another one. No call waits for ever.
    """

    def __init__(self, links: Sequence[HostLink], limits: PoolLimits) -> None:
        """A pool.

        Args:
            links: At least one host.
            limits: Of every host.
        """
        self.totals = PoolTotals()
        self._hosts = [Host(link=link) for link in links]
        self._limits = limits
        self._changed = asyncio.Condition()
        self._numbers = count()
        self._recoveries: set[asyncio.Task[None]] = set()

    @property
    def num_hosts(self) -> int:
        """How many there are, up or not."""
        return len(self._hosts)

    def env(self, spec: EnvSpec) -> TextEnv:
        """A fresh environment that is played on a host."""
        return RemoteEnv(spec, self)

    async def seat(self) -> Seat:
        """A place on the least busy host; waits while all that are up are full.

        Raises:
            EnvWorkersError: No host was up for as long as the pool is patient.
        """
        lonely_since: float | None = None
        async with self._changed:
            while True:
                up = [host for host in self._hosts if host.is_up]
                free = [host for host in up if host.episodes < self._limits.episodes_per_host]
                if free:
                    host = min(free, key=lambda each: each.episodes)
                    host.episodes += 1
                    self.totals.episodes += 1
                    return Seat(host=host, session=f"{next(self._numbers)}")
                lonely_since = None if up else lonely_since or time.monotonic()
                if lonely_since is not None and time.monotonic() - lonely_since > self._limits.patience_s:
                    raise self._all_lost()
                await self._wait_for_change()

    async def open(self, seat: Seat, spec: EnvSpec, name: TaskName) -> News:
        """Start an episode. Raises as `_ask`."""
        return await self._ask(seat, seat.host.link.open(seat.session, spec, name), self._limits.open_s)

    async def play(self, seat: Seat, text: str) -> News:
        """Play a turn. Raises as `_ask`."""
        return await self._ask(seat, seat.host.link.play(seat.session, text), self._limits.play_s)

    async def grade(self, seat: Seat, end: EndReason | None) -> News:
        """Judge an episode. Raises as `_ask`."""
        return await self._ask(seat, seat.host.link.grade(seat.session, end), self._limits.grade_s)

    async def advise(self, seat: Seat, rng: KeyedRandom | None) -> str:
        """What a scripted policy says. Raises as `_ask`."""
        return await self._ask(seat, seat.host.link.advise(seat.session, rng), self._limits.play_s)

    async def fork(self, seat: Seat) -> Seat:
        """A seat on the same host in the same state, over its limit if need be. Raises as `_ask`."""
        twin = Seat(host=seat.host, session=f"{next(self._numbers)}")
        await self._ask(seat, seat.host.link.fork(seat.session, twin.session), self._limits.open_s)
        seat.host.episodes += 1
        return twin

    async def leave(self, seat: Seat) -> None:
        """Give a seat back; what a lost host held is lost with it."""
        try:
            if not seat.host.is_up:
                seat.host.abandoned.append(seat.session)
            else:
                await self._ask(seat, seat.host.link.close(seat.session), self._limits.open_s)
        except EpisodeLostError as error:
            log.debug("an episode could not be closed: %s", error)
        finally:
            async with self._changed:
                seat.host.episodes -= 1
                self._changed.notify_all()

    async def aclose(self) -> None:
        """End all hosts."""
        for task in self._recoveries:
            task.cancel()
        await asyncio.gather(*self._recoveries, return_exceptions=True)
        for host in self._hosts:
            host.link.end()
        self._hosts.clear()

    async def _ask(self, seat: Seat, reply: Awaitable[ReplyT | Fault], deadline_s: float) -> ReplyT:
        """The reply of a host within a deadline.

        Raises:
            HostLostError: The host went away or hangs.
            EpisodeLostError: It failed in the episode.
            EnvError: It is wrongly configured.
        """
        host = seat.host
        try:
            async with asyncio.timeout(deadline_s):
                answer = await reply
        except TimeoutError:
            self._give_up(host, f"no answer within {deadline_s:g} s")
            raise HostLostError(f"{host.link.name}: {host.failure}") from None
        except Exception as error:
            self._give_up(host, _brief(error))
            raise HostLostError(f"{host.link.name}: {host.failure}") from error
        if isinstance(answer, Fault):
            if answer.ends_run:
                raise EnvError(f"{host.link.name}: {answer.what}")
            raise EpisodeLostError(f"{host.link.name}: {answer.what}")
        return answer

    def _give_up(self, host: Host, failure: str) -> None:
        host.failure = failure
        if host.is_up:
            host.is_up = False
            self.totals.lost += 1
            log.warning("%s is given up until it answers again: %s", host.link.name, failure)
            recovery = asyncio.get_running_loop().create_task(self._recover(host))
            self._recoveries.add(recovery)
            recovery.add_done_callback(self._recoveries.discard)

    async def _recover(self, host: Host) -> None:
        """Have a host back in its place, when it answers; one that hangs is started anew."""
        while True:
            try:
                async with asyncio.timeout(self._limits.ping_s):
                    await host.link.ping()
                    while host.abandoned:
                        await host.link.close(host.abandoned[-1])
                        host.abandoned.pop()
                break
            except TimeoutError:
                host.failure = f"no answer to a ping within {self._limits.ping_s:g} s"
                host.link.restart()
            except Exception as error:  # noqa: BLE001  the boundary: every transport has errors of its own
                host.failure = _brief(error)
                await asyncio.sleep(min(1.0, self._limits.ping_s))
        async with self._changed:
            host.is_up = True
            self.totals.returned += 1
            self._changed.notify_all()

    async def _wait_for_change(self) -> None:
        try:
            async with asyncio.timeout(min(1.0, self._limits.patience_s)):
                await self._changed.wait()
        except TimeoutError:
            pass  # time to look at the clock

    def _all_lost(self) -> EnvWorkersError:
        known = "; ".join(f"{host.link.name}: {host.failure}" for host in self._hosts)
        return EnvWorkersError(
            f"no environment worker for {self._limits.patience_s:g} s: {known}\n\n"
            "hint: start nodes again, then resume the run; env_workers.patience_s says how long to wait for them"
        )


def _brief(error: Exception) -> str:
    return f"{type(error).__name__}: {(str(error).strip() or 'no text').splitlines()[0][:200]}"
