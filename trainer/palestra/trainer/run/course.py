"""The course of a stage: one step after the other, with the evaluations, resets and checkpoints that are due."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from palestra.trainer.checkpoints.checkpoint import Position, keep_newest, save_checkpoint
from palestra.trainer.config import TrainConfig
from palestra.trainer.learner.reference import mean_kl
from palestra.trainer.metrics import EventMetrics
from palestra.trainer.metrics.recorder import Recorder
from palestra.trainer.run.examinations import Examinations, blended_score
from palestra.trainer.run.parts import Parts
from palestra.trainer.run_folder.run_paths import RunPaths
from palestra.trainer.stages.span import Span

Advance = Callable[[Position], Awaitable[Position]]
"""Makes one step, tells of it, and gives the position behind it."""


class Course:
    """Takes a stage from a position to its end, whatever a step of it is."""

    def __init__(self, run: TrainConfig, span: Span, parts: Parts, paths: RunPaths, recorder: Recorder) -> None:
        """A course.

        Args:
            run: Configuration of the whole run.
            span: The stage.
            parts: The stage's parts.
            paths: Where the run keeps its files.
            recorder: Takes events.
        """
        self.span = span
        self._run = run
        self._parts = parts
        self._paths = paths
        self._recorder = recorder
        self._examinations = Examinations(run, parts, paths, recorder)

    def is_over(self, position: Position) -> bool:
        """Whether the steps are done, or the time left is too short for another step like those before."""
        if position.step >= self.span.stop:
            return True
        step_s = position.train_seconds / max(position.step, 1)
        return self._run.max_seconds is not None and position.train_seconds + step_s > self._run.max_seconds

    async def follow(self, position: Position, advance: Advance) -> Position:
        """Train until the stage's steps or the run's seconds are used up; evaluate before, during and after."""
        await self._parts.weight_sync.push(position.step)
        if position.step == 0:
            await self._examinations.full(0)
        while not self.is_over(position):
            position = await self._conclude(replace(await advance(position), stage=self.span.name))
        return position

    async def _conclude(self, position: Position) -> Position:
        """The evaluation, the reset and the checkpoint that are due after a step."""
        step, config = position.step, self.span.config
        is_last = self.is_over(position)
        every = config.evaluation.every
        if is_last:
            await self._examinations.full(step)
            self._examinations.check_forgetting(self.span, step)
        elif every and (step - self.span.start) % every == 0:
            await self._brief(step)
        if is_last or (self._run.checkpoint.every and step % self._run.checkpoint.every == 0):
            position = self._save(position)
        return position

    async def _brief(self, step: int) -> None:
        """Evaluate during training, and reset if that shows a plateau."""
        rollouts = await self._examinations.brief(self.span, step)
        plateau, learner, reference = self._parts.plateau, self._parts.learner, self._parts.reference
        score = blended_score(rollouts)
        if plateau is None or not plateau.is_due(score):
            return
        values = {"score": score}
        text = "the validation score does not rise: fresh optimizer"
        if reference is not None:
            policy, temperature = self._parts.policy, learner.temperature
            values["kl_before"] = mean_kl(policy, reference.policy, rollouts, temperature=temperature)
            reference.follow(policy)
            values["kl_after"] = mean_kl(policy, reference.policy, rollouts, temperature=temperature)
            text += f", new reference (KL {values['kl_before']:.3g} before, {values['kl_after']:.3g} now)"
        learner.renew()
        self._recorder.record(EventMetrics(step=step, name="reset", text=text, values=values, stage=self.span.name))

    def _save(self, position: Position) -> Position:
        """Write a checkpoint; its seconds count as training."""
        started = time.monotonic()
        save_checkpoint(
            self._paths.checkpoints,
            position,
            self._parts.policy.whole_model(),
            self._parts.tokenizer.tokenizer,
            self._parts.memory(),
        )
        keep_newest(self._paths.checkpoints, self._run.checkpoint.keep)
        return replace(position, train_seconds=position.train_seconds + time.monotonic() - started)
