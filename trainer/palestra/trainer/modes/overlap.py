"""The pipelined schedule: the next step is collected while one is learned."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from palestra.agents import Curfew
from palestra.agents.curfew import CurfewError
from palestra.trainer.checkpoints.checkpoint import Position
from palestra.trainer.modes.ahead_sampler import AheadSampler
from palestra.trainer.modes.collected import Collected
from palestra.trainer.modes.schedule import Steps


@dataclass(frozen=True, kw_only=True, slots=True)
class _Collecting:
    step: int
    curfew: Curfew | None
    task: asyncio.Task[Collected]


class Overlap:
    """Collects at most one step ahead of the one that is learned, so that no whole step is older than one version."""

    def __init__(self, steps: Steps, *, is_ahead: bool, waits: bool) -> None:
        """A schedule.

        Args:
            steps: The halves of the stage's steps.
            is_ahead: Whether the next step is begun before this one is learned.
            waits: Whether new weights wait for the end of the step that is being collected.
        """
        self._steps = steps
        self._is_ahead = is_ahead
        self._waits = waits
        self._collecting: _Collecting | None = None
        sampler = steps.parts.sampler
        assert isinstance(sampler, AheadSampler), "the mode puts it in its place"
        self._sampler = sampler

    async def advance(self, position: Position) -> Position:
        """Learn the next step while the one behind it is played."""
        steps, step = self._steps, position.step + 1
        steps.begin(position)
        current, self._collecting = self._collecting or self._begin(step), None
        assert current.step == step, "steps come in order"
        try:
            with steps.armed(current.curfew, position):
                collected = await current.task
        except asyncio.CancelledError:
            current.task.cancel()
            raise
        if self._is_ahead and step < steps.last_step:
            await steps.ask_proof(step, collected)
            await self._answered(position)  # at once, unless the generator had nothing else to do
            self._collecting = self._begin(step + 1)
        learned = await steps.learn(step, collected, apart=True)
        if self._waits and self._collecting is not None:
            with steps.armed(self._collecting.curfew, position):
                await asyncio.wait([self._collecting.task])
        await steps.push(step)
        if self._waits:  # nothing may be sampled together with the proof, an evaluation neither
            await self._answered(position)
        self._sampler.settle(step)
        return steps.record(position, collected, learned)

    async def aclose(self) -> None:
        """Give up the step that was begun; what ended of it is in the log."""
        if self._collecting is not None:
            self._collecting.task.cancel()
            await asyncio.gather(self._collecting.task, return_exceptions=True)
            self._collecting = None

    async def _answered(self, position: Position) -> None:
        """Wait for the tokens of a proof, until the run's time is over."""
        curfew = self._steps.curfew() or Curfew()
        with self._steps.armed(curfew, position), suppress(CurfewError):
            async with curfew.over():
                await self._steps.answered()

    def _begin(self, step: int) -> _Collecting:
        self._sampler.begin(step)
        curfew = self._steps.curfew()
        task = asyncio.get_running_loop().create_task(self._steps.collect(step, curfew))
        return _Collecting(step=step, curfew=curfew, task=task)
