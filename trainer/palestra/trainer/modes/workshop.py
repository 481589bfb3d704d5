"""What collecting a step needs: tasks, environments, a driver, and the log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from palestra.agents import Curfew, Rollout, Sampling
from palestra.envs import Task, TextEnv
from palestra.trainer.budgets import Insight, Playground
from palestra.trainer.modes.desk import Desk
from palestra.trainer.modes.rollout_log import RolloutLog
from palestra.trainer.stages.span import Span

if TYPE_CHECKING:
    from palestra.trainer.run.parts import Parts
    from palestra.trainer.run.rewarding import Rewarder


@runtime_checkable
class Planned(Protocol):
    """A generator that knows from its log which rollouts a step learned from."""

    def planned(self, step: int) -> frozenset[str] | None:
        """Their keys; None if it does not know."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Workshop:
    """The tools of a stage."""

    span: Span
    parts: Parts
    make_env: Callable[[Task], TextEnv]
    rewarder: Rewarder
    log: RolloutLog

    def sampling(self, step: int) -> Sampling:
        """How responses of a step are drawn."""
        return self.span.config.rollout.sampling_at(self.span.progress_at(step))

    def desk(self, step: int, curfew: Curfew | None = None) -> Desk:
        """Where the episodes of a step are played."""
        return Desk(self.parts.driver(self.sampling(step)), self.log, curfew)

    def playground(self, step: int, desk: Desk) -> Playground:
        """Tasks and rollouts of a step."""
        return Playground(
            desk,
            self.parts.sampler,
            self.make_env,
            key=f"{self.span.config.seed}/{step}",
            step=step - self.span.start,
            insight=Insight(
                noise_of=self.parts.noise.model_of,
                rewards_of=self._previewing(step),
                score_of=self.rewarder.observed,
            ),
        )

    def planned(self, step: int) -> frozenset[str] | None:
        """Keys of the rollouts that a step is known to learn from, since it did so before; None: it did not."""
        known = self.log.planned(step)
        if known is None and isinstance(self.parts.generator, Planned):
            return self.parts.generator.planned(step)
        return known

    def _previewing(self, step: int) -> Callable[[Sequence[Rollout]], Sequence[float]]:
        """What rollouts are worth; stages of shaping may ask the learner, at the step's temperature."""

        def preview(rollouts: Sequence[Rollout]) -> Sequence[float]:
            if self.span.config.asks_policy:  # else the learner may be at work on another step
                self.parts.learner.temperature = self.sampling(step).temperature
            return self.rewarder.preview(rollouts)

        return preview
