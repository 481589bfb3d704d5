"""Collecting a step: its tasks drawn, its episodes played as the budget says, its rollouts written down."""

from __future__ import annotations

from typing import Protocol

from palestra.agents import Curfew
from palestra.trainer.modes.collected import Collected
from palestra.trainer.modes.workshop import Workshop


class Collector(Protocol):
    """Collects steps, one after the other."""

    async def collect(self, step: int, curfew: Curfew | None, version: int) -> Collected:
        """The rollouts of a step.

        Args:
            step: Of the run.
            curfew: Ends what is still played when it falls.
            version: Of the weights that the generator has now.
        """
        ...

    async def aclose(self) -> None:
        """Give up what is still played."""
        ...


class WholeSteps:
    """A step is over when all of its episodes are."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop

    async def collect(self, step: int, curfew: Curfew | None, version: int) -> Collected:
        """Draw the step's tasks and play them, as the budget says."""
        workshop, rollout = self._workshop, self._workshop.span.config.rollout
        desk = workshop.desk(step, curfew)
        playground = workshop.playground(step, desk)
        try:
            played = await rollout.budget(playground, rollout.prompts_per_step, rollout.samples_per_prompt)
            if rollout.gold is not None:
                played = await rollout.gold.join(playground, played)
        finally:
            desk.close()
        rollouts = playground.rollouts
        workshop.log.finish(step, (*rollouts, *playground.recited))
        workshop.parts.sampler.record(playground.results())
        return Collected.of(
            [prompt.rollouts for prompt in played],
            rollouts,
            num_drawn=playground.drawn,
            seconds=playground.seconds,
            generating_s=desk.generating_s,
            replayed=frozenset(desk.replayed),
        )

    async def aclose(self) -> None:
        """Nothing: it holds nothing between steps."""
