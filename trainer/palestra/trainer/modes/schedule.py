"""In which order a stage collects and learns."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from palestra.agents import Curfew
from palestra.trainer.checkpoints.checkpoint import Position
from palestra.trainer.modes.collected import Collected
from palestra.trainer.objective.update_stats import UpdateStats
from palestra.trainer.rewards import ScoredRollout

if TYPE_CHECKING:
    from palestra.trainer.run.parts import Parts


@dataclass(frozen=True, kw_only=True, slots=True)
class LearnedStep:
    """What became of a step's rollouts."""

    groups: list[list[ScoredRollout]]
    stats: list[UpdateStats]
    too_old_tokens: int
    """Left out because of their age."""
    started: float
    """On the clock, when the first reward was made."""


class Steps(Protocol):
    """The two halves of a stage's steps, which a schedule puts in order."""

    @property
    def parts(self) -> Parts:
        """Of the stage."""
        ...

    @property
    def last_step(self) -> int:
        """Of the stage, counted over the run."""
        ...

    def begin(self, position: Position) -> None:
        """The next step's seconds count from here."""
        ...

    def curfew(self) -> Curfew | None:
        """An end to collecting, for a run that may last so many seconds only."""
        ...

    def armed(self, curfew: Curfew | None, position: Position) -> AbstractContextManager[None]:
        """Within the block the curfew falls when the run's seconds are used up."""
        ...

    async def collect(self, step: int, curfew: Curfew | None) -> Collected:
        """Play the step's episodes."""
        ...

    async def learn(self, step: int, collected: Collected, *, apart: bool) -> LearnedStep:
        """Reward them and make the updates.

        Args:
            step: Of the run.
            collected: Its rollouts.
            apart: Whether the updates are made in a thread of their own, while others go on.
        """
        ...

    async def push(self, step: int) -> None:
        """Bring the weights behind the step to the generator, and ask it for the tokens that may prove the next."""
        ...

    async def ask_proof(self, step: int, collected: Collected) -> None:
        """Ask for the tokens that prove the step, unless it needs none or they are asked for."""
        ...

    async def answered(self) -> None:
        """Wait for the tokens that were asked for to prove a step."""
        ...

    def record(self, position: Position, collected: Collected, learned: LearnedStep) -> Position:
        """Tell of the step, and give the position behind it."""
        ...


class Schedule(Protocol):
    """Makes the steps of a stage."""

    async def advance(self, position: Position) -> Position:
        """Make the next step."""
        ...

    async def aclose(self) -> None:
        """Give up what was begun for later steps."""
        ...


class InTurn:
    """Collect, learn, push; nothing overlaps."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps

    async def advance(self, position: Position) -> Position:
        """Make the next step."""
        steps, step = self._steps, position.step + 1
        steps.begin(position)
        curfew = steps.curfew()
        with steps.armed(curfew, position):
            collected = await steps.collect(step, curfew)
        learned = await self._learned(step, collected)
        return steps.record(position, collected, learned)

    async def aclose(self) -> None:
        """Nothing was begun."""

    async def _learned(self, step: int, collected: Collected) -> LearnedStep:
        learned = await self._steps.learn(step, collected, apart=False)
        await self._steps.push(step)
        return learned
