"""The steps of a supervised stage: batches of demonstrations, one update each."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace

import torch

from palestra.agents import Generator, RolloutDriver
from palestra.envs import Task
from palestra.trainer.checkpoints.checkpoint import Position
from palestra.trainer.config import TrainConfig
from palestra.trainer.errors import DemonstrationError
from palestra.trainer.metrics import LessonMetrics
from palestra.trainer.metrics.recorder import Recorder
from palestra.trainer.objective.update_stats import UpdateStats
from palestra.trainer.run.course import Course
from palestra.trainer.run.parts import Parts
from palestra.trainer.run.practising import env_of, practice_of
from palestra.trainer.supervised.demonstration import Demonstration
from palestra.trainer.supervised.sft import Sft, epochs
from palestra.trainer.supervised.sources import School


class Lessons:
    """Trains on demonstrations; what a step learns is decided by the seed and the step."""

    def __init__(self, config: TrainConfig, parts: Parts, recorder: Recorder, course: Course) -> None:
        """Lessons of a stage whose `supervised` says what they are about."""
        assert config.supervised is not None, "the stage is a supervised one"
        self._config = config
        self._sft: Sft = config.supervised
        self._parts = parts
        self._recorder = recorder
        self._course = course
        self._demonstrations: list[Demonstration] = []

    async def run(self, position: Position) -> Position:
        """Gather the demonstrations, then learn them until the stage's steps or the run's seconds are used up.

        Raises:
            DemonstrationError: There is nothing to learn from.
        """
        found = await self._sft.source(self._school())
        self._demonstrations = self._sft.usable(found)
        wrong = sum(not each.is_right for each in self._demonstrations)
        if len(self._demonstrations) == wrong:
            raise DemonstrationError(f"no right demonstration among {len(found)}\n\nhint: look at supervised.source")
        self._recorder.say(
            f"{len(self._demonstrations)} demonstrations with {sum(each.policy_tokens for each in found)} tokens"
            + (f", {wrong} of them wrong" if wrong else "")
        )
        return await self._course.follow(position, self._advance)

    async def _advance(self, position: Position) -> Position:
        """One step: a batch, an update, the weights pushed."""
        started = time.monotonic()
        step, span, config = position.step + 1, self._course.span, self._config
        batch = self._sft.batch_of(self._demonstrations, step - span.start, config.seed)
        groups = self._sft.groups_of(batch, self._chosen(batch), config.aggregation)
        stats = self._parts.learner.update(groups, span.lr_at(step))
        await self._parts.weight_sync.push(step)
        learn_s = time.monotonic() - started
        position = replace(position, step=step, train_seconds=position.train_seconds + learn_s)
        self._recorder.record(self._metrics(position, len(batch), stats, learn_s))
        return position

    def _chosen(self, batch: Sequence[Demonstration]) -> list[tuple[int, ...]]:
        """For each token of each demonstration, 1 if it is learned; wrong ones are learned whole."""
        if not self._sft.tokens.needs_scan:
            return [each.mask for each in batch]
        right = [each for each in batch if each.is_right]
        scans = [found for [found] in self._parts.learner.scan([each.group(each.mask) for each in right])]
        seen = [
            (logprob, entropy)
            for each, scan in zip(right, scans, strict=True)
            for logprob, entropy, is_policy in zip(scan.logprobs, scan.entropies, each.mask, strict=True)
            if is_policy
        ]
        logprobs_M, entropies_M = torch.tensor(seen, dtype=torch.float32).view(-1, 2).unbind(dim=1)
        flags = iter(self._sft.tokens(logprobs_M, entropies_M).tolist())
        return [tuple(int(m and next(flags)) for m in each.mask) if each.is_right else each.mask for each in batch]

    def _metrics(self, position: Position, demonstrations: int, stats: UpdateStats, learn_s: float) -> LessonMetrics:
        span, count = self._course.span, len(self._demonstrations)
        return LessonMetrics(
            step=position.step,
            stage=span.name,
            train_seconds=position.train_seconds,
            demonstrations=demonstrations,
            epoch=epochs(position.step - span.start, self._sft.batch, count),
            policy_tokens=stats.policy_tokens,
            surprise=stats.entropy if stats.policy_tokens else math.nan,
            loss=stats.loss,
            gradient_norm=stats.gradient_norm,
            lr=span.lr_at(position.step),
            learn_s=learn_s,
        )

    def _school(self) -> School:
        """What sources may use: tasks as the stage draws them, played as it plays."""
        config, parts = self._config, self._parts

        def draw(count: int) -> list[Task]:
            sampler = practice_of(config).sampler(config.rollout.samples_per_prompt)  # its own: training's goes on
            return [drawn.task for drawn in sampler.draw(1, count)]

        def driver(generator: Generator) -> RolloutDriver:
            return RolloutDriver(generator, parts.tokenizer, config.rollout.sampling_at(1.0), parts.conduct)

        return School(
            tokenizer=parts.tokenizer, make_env=env_of(config), draw=draw, driver=driver, policy=parts.generator
        )
