"""The training loop, read from top to bottom: tasks, rollouts, rewards, advantages, update, sync."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace
from itertools import chain

from palestra.agents import Curfew
from palestra.trainer.checkpoints.checkpoint import Position
from palestra.trainer.config import TrainConfig
from palestra.trainer.credit.credit_log import sample_credits
from palestra.trainer.credit.reward_log import write_rewards
from palestra.trainer.floor.floor_log import FloorLog
from palestra.trainer.generation.choice import InProcess
from palestra.trainer.generation.replay import NoWeights
from palestra.trainer.learner.batching import groups_of, scored_groups, update_shares
from palestra.trainer.learner.question_surprise import QuestionSurprise
from palestra.trainer.learner.sync_proof import SyncProof, proven
from palestra.trainer.metrics import Metrics
from palestra.trainer.metrics.recorder import Recorder
from palestra.trainer.modes.collected import Collected
from palestra.trainer.modes.schedule import LearnedStep
from palestra.trainer.modes.spot_check import SpotCheck
from palestra.trainer.modes.step_proof import StepProof
from palestra.trainer.modes.utilisation import Utilisation
from palestra.trainer.modes.workshop import Workshop
from palestra.trainer.objective.staleness import Freshness
from palestra.trainer.objective.update_stats import UpdateStats
from palestra.trainer.packing.packs import Group
from palestra.trainer.practice.gold import OwnBaseline
from palestra.trainer.rewards import ScoredRollout
from palestra.trainer.reweighting import UniformKl, product_of, weighted_turns
from palestra.trainer.run.course import Course
from palestra.trainer.run.parts import Parts
from palestra.trainer.run.practising import env_of
from palestra.trainer.run.rewarding import Rewarder, noise_sentence, with_noise
from palestra.trainer.run.step_metrics import step_metrics
from palestra.trainer.run_folder.run_paths import RunPaths
from palestra.trainer.stages.span import spans
from palestra.trainer.workers.rows import worker_rows
from palestra.verifiers.keyed_random import KeyedRandom


class TrainingLoop:
    """Trains from a position to the end; everything it does is decided by config, weights and step.

    A step has two halves, `collect` and `learn`; the mode of the configuration says in which order they come.
    """

    def __init__(
        self, config: TrainConfig, parts: Parts, paths: RunPaths, recorder: Recorder, *, course: Course | None = None
    ) -> None:
        """A loop.

        Args:
            config: Of the run, or of the stage.
            parts: What trains.
            paths: Where rollouts and rewards are kept.
            recorder: Takes the metrics.
            course: Of the stage; that of a run without stages if None.
        """
        self.config = config
        self.parts = parts
        self.paths = paths
        self._recorder = recorder
        self._course = course or Course(config, spans(config)[0], parts, paths, recorder)
        self._span = self._course.span
        self._rewarder = Rewarder(config, parts.noise, QuestionSurprise(parts.learner, parts.tokenizer))
        self._utilisation = Utilisation()
        self._proof = SyncProof.of(parts.policy.dtype, parts.weight_sync)
        self._version = 0

    @property
    def last_step(self) -> int:
        """Of the stage, counted over the run."""
        return self._span.stop

    async def run(self, position: Position) -> Position:
        """Train until the steps or the seconds are used up; evaluate before, during and after."""
        for remark in (noise_sentence(self.config), self.config.mode.remark(self.config)):
            if remark:
                self._recorder.say(remark)
        self._version = position.step
        self._floors = FloorLog.of(
            self.parts.learner,
            slots=self.config.rollout.max_concurrent if isinstance(self.config.generator, InProcess) else None,
            recomputes=self.config.learner.activation_checkpointing,
        )
        self._recorder.say(f"measured peaks: {self._floors.peaks}")
        self._workshop = Workshop(
            span=self._span,
            parts=self.parts,
            make_env=env_of(self.config, workers=self.parts.env_workers),
            rewarder=self._rewarder,
            log=self.config.mode.open_log(self.paths, position.step),
        )
        self._step_proof = StepProof(
            SpotCheck(self.parts.generator, self.parts.learner, self._proof),
            self.config,
            self._workshop.sampling,
            has_weights=not isinstance(self.parts.weight_sync, NoWeights),
        )
        self._collector = self.config.mode.collector(self._workshop)
        schedule = self.config.mode.schedule(self)
        async with AsyncExitStack() as stack:
            for part in (self._step_proof, self._collector, schedule):  # the last one is closed first
                stack.push_async_callback(part.aclose)
            return await self._course.follow(position, schedule.advance)

    def begin(self, position: Position) -> None:
        """The next step's seconds count from here."""
        self._utilisation.restart()

    def curfew(self) -> Curfew | None:
        """An end to collecting; None for a run without a limit of time."""
        return None if self.config.max_seconds is None else Curfew()

    @contextmanager
    def armed(self, curfew: Curfew | None, position: Position) -> Iterator[None]:
        """Within the block the curfew falls when the run's seconds, those of this step included, are used up."""
        if curfew is None or self.config.max_seconds is None:
            yield
            return
        spent_s = position.train_seconds + self._utilisation.usage().total_s
        left = max(0.0, self.config.max_seconds - spent_s)
        alarm = asyncio.get_running_loop().call_later(left, curfew.fall)
        try:
            yield
        finally:
            alarm.cancel()

    async def collect(self, step: int, curfew: Curfew | None) -> Collected:
        """Play the step's episodes."""
        with self._utilisation.playing():
            return await self._collector.collect(step, curfew, self._version)

    async def learn(self, step: int, collected: Collected, *, apart: bool) -> LearnedStep:
        """Rewards, advantages and the step's updates.

        Args:
            step: Of the run.
            collected: Its rollouts.
            apart: Make the updates in a thread of their own, while others go on.

        Raises:
            SyncError: The generator's weights are not what they should be.
        """
        started = time.monotonic()
        groups = await self._rewarder(step, collected.groups)
        freshness = self.config.mode.freshness(step - 1)
        too_old = sum(freshness.too_old_tokens(rollout) for group in collected.groups for rollout in group)
        self.parts.learner.temperature = self._workshop.sampling(step).temperature
        async with proven(step, self.parts.weight_sync):
            if remark := await self._step_proof.judge(step, collected):
                self._recorder.say(remark)
            with self._utilisation.learning():
                if apart:
                    stats = await asyncio.to_thread(self._update, step, groups, freshness)
                else:
                    stats = self._update(step, groups, freshness)
        if remark := self._proof.remark(step, next((update for update in stats if update.policy_tokens), stats[0])):
            self._recorder.say(remark)
        return LearnedStep(groups=groups, stats=stats, too_old_tokens=too_old, started=started)

    async def push(self, step: int) -> None:
        """Bring the weights behind the step to the generator, and ask it for the tokens that may prove the next."""
        await self.parts.weight_sync.push(step)
        self._version = step
        if step < self.last_step:
            await self._step_proof.ask_ahead(step + 1)

    async def ask_proof(self, step: int, collected: Collected) -> None:
        """Ask for the tokens that prove the step, unless it needs none or they are asked for."""
        await self._step_proof.ask(step, collected)

    async def answered(self) -> None:
        """Wait for the tokens that were asked for to prove a step."""
        await self._step_proof.answered()

    def record(self, position: Position, collected: Collected, learned: LearnedStep) -> Position:
        """Tell of the step, and give the position behind it."""
        usage = self._utilisation.usage()
        step = position.step + 1
        position = replace(position, step=step, train_seconds=position.train_seconds + usage.total_s)
        learn_s = time.monotonic() - learned.started
        metrics = step_metrics(self._span, position, collected, learned, usage, learn_s)
        metrics = with_noise(metrics, learned.groups, self._rewarder)
        rates = self.parts.noise.rows(step)
        floor = self._floors.row(
            step,
            [rollout for group in collected.groups for rollout in group],
            generate_s=collected.generate_s,
            usage=usage,
        )
        watched = self.parts.watch.look(metrics, rates)
        rows: list[Metrics] = [metrics, floor, *worker_rows(self.parts.generator, step), *rates, *watched]
        for row in rows:
            self._recorder.record(row)
        return position

    def _update(self, step: int, groups: Sequence[list[ScoredRollout]], freshness: Freshness) -> list[UpdateStats]:
        """Advantages, and the step's optimizer updates."""
        config = self.config
        random = KeyedRandom("selection", config.seed, step)
        progress = (step - self._span.start - 1) / max(config.steps - 1, 1)
        scored = replace(scored_groups(groups), progress=progress)
        is_common = config.rollout.gold is not None and config.rollout.gold.in_baseline
        estimate = config.advantage if is_common else OwnBaseline(estimate=config.advantage)
        chosen = config.selection(scored, estimate, random)
        learned = scored.only(chosen.copies_PG > 0)
        factors_PG = product_of(config.reweighting, learned, chosen.advantages_PG)
        credited = config.credit(groups, chosen.advantages_PG, chosen.estimate or estimate)
        advantages = weighted_turns(credited, factors_PG)
        weigh_kl = config.kl.weighting if config.kl else UniformKl()
        kl_weights = weigh_kl(learned, chosen.advantages_PG * factors_PG).tolist()
        copies = chosen.copies_PG.tolist()
        lr = self._span.lr_at(step)
        updates: list[list[Group]] = []
        # A budget may find nothing to learn from: then an update of nothing says so in the metrics.
        shares = update_shares(len(groups), config.learner.updates_per_step) or [range(0)]
        for share in shares:
            part = slice(share.start, share.stop)
            updates.append(
                groups_of(
                    groups[part],
                    advantages[part],
                    copies[part],
                    config.aggregation,
                    kl_weights[part],
                    freshness=freshness,
                )
            )
        credits = sample_credits(chosen, factors_PG, advantages, shares, updates)
        write_rewards(self.paths.rewards(step), chain.from_iterable(groups), credits)
        return self.parts.learner.learn(updates, lr, progress=progress, proof=self._proof)
