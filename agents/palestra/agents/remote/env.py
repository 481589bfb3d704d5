"""An environment whose episodes are played in another process."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from palestra.agents.remote.errors import EpisodeLostError, HostLostError
from palestra.agents.remote.spec import EnvSpec, News, TaskName
from palestra.envs import EndReason, EpisodeState, KeyedRandom, Task, TextEnv, Turn

if TYPE_CHECKING:
    from palestra.agents.remote.pool import EnvPool, Seat


class RemoteEnv(TextEnv):
    """What the driver plays in place of an environment that a host of a pool holds.

    It has the contract that a driver uses (`aenter`, `aplay`, `agrade`, `stop`, `fork`, `aclose`, `episode`), for
    event loops only: `step` and `reset` are for environments in this process. The episode's state is that of the
    host's, less what the environment itself remembers.
    """

    def __init__(self, spec: EnvSpec, pool: EnvPool) -> None:
        self._here = spec.make()
        super().__init__(self._here.source, split=self._here.split, system_prompt=self._here.system_prompt)
        self._spec, self._pool = spec, pool
        self._seat: Seat | None = None
        self._stopped: EndReason | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def is_bounded(self) -> bool:
        """Whether the host's environment holds something outside of its process."""
        return self._here.is_bounded

    def system(self, task: Task) -> str:
        """What the conversation begins with; empty for nothing."""
        return self._here.system(task)

    def respond(self, state: EpisodeState, text: str) -> Turn:
        """Not here: an episode that is elsewhere is played by `aplay`."""
        raise NotImplementedError("a remote environment is played by `aenter`, `aplay` and `agrade`")

    def turn_limit(self, task: Task) -> int:
        """After how many responses an episode of the task is over."""
        return self._here.turn_limit(task)

    def oracle(self) -> str:
        """The response of somebody who knows the answer; for threads beside the loop that plays, as agents use."""
        return self._advised(None)

    def guess(self, rng: KeyedRandom) -> str:
        """A well-formed response that was not thought about; for threads, as `oracle`."""
        return self._advised(rng)

    async def aenter(self, task: Task) -> str:
        """Start an episode on a host; on another one if it has gone, as the others of its node may have with it.

        Raises:
            EpisodeLostError: The host failed, or all of them went away one after the other.
            EnvWorkersError: No host could be reached for longer than the pool is patient.
            EnvError: The environment is not installed there, or makes another task of the id.
        """
        await self.aclose()
        self._loop, self._stopped = asyncio.get_running_loop(), None
        news = await self._opened(TaskName.of(task))
        self._episode = EpisodeState(
            task=task, messages=(), turns=0, verdict=None, turn_limit=news.turn_limit, world=None
        )
        return self._hear(news)

    async def aplay(self, action: str) -> str:
        """Hand in a response.

        Raises:
            EpisodeLostError: The host went away or failed.
        """
        self._open_episode(action)
        return self._hear(await self._pool.play(self._own_seat(), action))

    async def agrade(self) -> None:
        """Judge an episode that is over and has no verdict.

        Raises:
            EpisodeLostError: The host went away or failed.
        """
        self._hear(await self._pool.grade(self._own_seat(), self._stopped))

    def stop(self, end: EndReason) -> None:
        """End the episode from outside; the host hears of it when the episode is graded."""
        super().stop(end)
        self._stopped = end

    async def fork(self) -> Self:
        """An environment of its own in the same state, on the same host."""
        twin = type(self)(self._spec, self._pool)
        twin._episode, twin._stopped, twin._loop = self._episode, self._stopped, self._loop
        twin._seat = await self._pool.fork(self._own_seat())
        return twin

    async def aclose(self) -> None:
        """Give back the host's episode. Does nothing the second time."""
        seat, self._seat = self._seat, None
        if seat is not None:
            await self._pool.leave(seat)

    async def _opened(self, name: TaskName) -> News:
        for hosts_left in range(self._pool.num_hosts - 1, -1, -1):  # an episode that kills its host gets no more
            self._seat = await self._pool.seat()
            try:
                return await self._pool.open(self._seat, self._spec, name)
            except HostLostError:
                if not hosts_left:
                    raise
                await self.aclose()
        raise EpisodeLostError("the pool is closed")

    def _advised(self, rng: KeyedRandom | None) -> str:
        assert self._loop is not None, "an episode is entered before it is played"
        return asyncio.run_coroutine_threadsafe(self._pool.advise(self._own_seat(), rng), self._loop).result()

    def _own_seat(self) -> Seat:
        assert self._seat is not None, "an episode is entered before it is played"
        return self._seat

    def _hear(self, news: News) -> str:
        known = self.episode
        self._episode = EpisodeState(
            task=known.task,
            messages=(*known.messages, *news.messages),
            turns=news.turns,
            verdict=news.verdict,
            turn_limit=news.turn_limit,
            end=news.end,
            records=(*known.records, *news.records),
        )
        return news.reply
