"""A pool of servers that this run has started itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from palestra.agents import Completion, GenerationRequest, GeneratorError
from palestra.agents.vllm import VllmPool, WorkerStats
from palestra.trainer.workers.fleet import EventKind, Fleet, FleetEvent


class LaunchedWorkers:
    """A generator whose servers are watched while it is used, and end with it."""

    def __init__(self, pool: VllmPool, fleet: Fleet) -> None:
        """Tie a pool to the servers that it asks.

        Args:
            pool: Of the fleet's addresses.
            fleet: Is started here.

        Raises:
            GeneratorError: No process can be started.
        """
        self.pool = pool
        self._fleet = fleet
        self._watching: asyncio.Task[None] | None = None
        self._tell = fleet.on_event
        fleet.on_event = self._note
        fleet.start()

    async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        """One completion for each request, in their order.

        Raises:
            GeneratorError: No server can be used, or none could be kept running.
        """
        await self._settled()
        return await self.pool.generate(requests)

    async def complete(self, request: GenerationRequest) -> Completion:
        """One completion, without waiting for those of others.

        Raises:
            GeneratorError: As for `generate`.
        """
        await self._settled()
        return await self.pool.complete(request)

    async def _settled(self) -> None:
        """Watch the servers, and let none have all the work for having been the first."""
        loop = asyncio.get_running_loop()
        if self._watching is None or self._watching.get_loop() is not loop:
            self._watching = loop.create_task(self._watch())
        while not self._fleet.is_settled:  # each has a deadline to be ready
            await asyncio.sleep(0.05)

    def take_stats(self) -> list[WorkerStats]:
        """What each worker did since this was asked last."""
        used = zip(self.pool.take_stats(), self._fleet.take_cpu_s(), strict=True)
        return [replace(stats, cpu_s=cpu_s) for stats, cpu_s in used]

    async def aclose(self) -> None:
        """End watching, connections and servers; returns when all processes are gone."""
        watching, self._watching = self._watching, None
        if watching is not None and watching.get_loop() is asyncio.get_running_loop():
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        await self.pool.aclose()
        await asyncio.to_thread(self._fleet.stop)

    async def _watch(self) -> None:
        try:
            await self._fleet.watch()
        except GeneratorError as error:
            self.pool.fail(error)

    def _note(self, event: FleetEvent) -> None:
        if event.kind is EventKind.READY:
            self.pool.hurry(event.url)
        self._tell(event)
