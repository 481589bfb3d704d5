"""The training loop, read from top to bottom: tasks, rollouts, rewards, advantages, update, sync."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import torch

from palestra.agents import Rollout
from palestra.trainer.advantages import informative_groups
from palestra.trainer.assembly import env_of
from palestra.trainer.batching import groups_of, scored_groups, update_shares
from palestra.trainer.budgets import Insight, Playground
from palestra.trainer.checkpoint import Position
from palestra.trainer.config import TrainConfig
from palestra.trainer.errors import SyncError
from palestra.trainer.gold import OwnBaseline
from palestra.trainer.metrics import Metrics, StepMetrics
from palestra.trainer.packing import Group
from palestra.trainer.parts import Parts
from palestra.trainer.question_surprise import QuestionSurprise
from palestra.trainer.recorder import Recorder
from palestra.trainer.reward_log import write_rewards
from palestra.trainer.rewarding import Rewarder, noise_sentence, with_noise
from palestra.trainer.rewards import ScoredRollout
from palestra.trainer.reweighting import UniformKl, product_of, weighted_turns
from palestra.trainer.run_paths import RunPaths, write_whole
from palestra.trainer.stages.course import Course
from palestra.trainer.stages.span import Span, spans
from palestra.trainer.update_stats import UpdateStats
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class _Agreement:
    """How far log-probabilities of generator and learner may be apart on tokens of the same weights."""

    remark_max: float
    """Largest difference of a token that needs no remark."""
    remark_mean: float
    stop_mean: float
    """Beyond this mean the weights cannot be the same."""


_AGREEMENT = {
    torch.float32: _Agreement(remark_max=1e-4, remark_mean=1e-4, stop_mean=1e-2),
    torch.bfloat16: _Agreement(remark_max=0.5, remark_mean=0.02, stop_mean=0.25),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Collected:
    """What the policy did in a step."""

    groups: list[tuple[Rollout, ...]]
    """What the learner sees, by prompt."""
    num_drawn: int
    """Tasks that were drawn for it, seen by the learner or not."""
    num_played: int
    """Rollouts that were sampled for it, seen by the learner or not."""
    tokens: int
    """Tokens that the policy wrote for them."""
    generate_s: float
    judge_s: float


class TrainingLoop:
    """Trains from a position to the end; everything it does is decided by config, weights and step."""

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
        self._make_env = env_of(config)
        self._rewarder = Rewarder(config, parts.noise, QuestionSurprise(parts.learner, parts.tokenizer))

    async def run(self, position: Position) -> Position:
        """Train until the steps or the seconds are used up; evaluate before, during and after."""
        if remark := noise_sentence(self.config):
            self._recorder.say(remark)
        return await self._course.follow(position, self._advance)

    async def _advance(self, position: Position) -> Position:
        """One step: play, learn, push the weights."""
        started = time.monotonic()
        step = position.step + 1
        collected = await self._collect(step)
        learning = time.monotonic()
        groups = await self._rewarder(step, collected.groups)
        write_rewards(self.paths.rewards(step), chain.from_iterable(groups))
        stats = self._learn(step, groups)
        await self.parts.weight_sync.push(step)
        finished = time.monotonic()
        position = replace(position, step=step, train_seconds=position.train_seconds + finished - started)
        metrics = _step_metrics(self._span, position, collected, groups, stats, finished - learning)
        metrics = with_noise(metrics, groups, self._rewarder)
        rates = self.parts.noise.rows(step)
        rows: list[Metrics] = [metrics, *rates, *self.parts.watch.look(metrics, rates)]
        for row in rows:
            self._recorder.record(row)
        return position

    async def _collect(self, step: int) -> _Collected:
        """Draw the step's tasks and play them, as the budget says."""
        rollout = self.config.rollout
        sampling = rollout.sampling_at(self._span.progress_at(step))
        self.parts.learner.temperature = sampling.temperature
        playground = Playground(
            self.parts.driver(sampling),
            self.parts.sampler,
            self._make_env,
            key=f"{self.config.seed}/{step}",
            step=step - self._span.start,
            insight=Insight(
                noise_of=self.parts.noise.model_of,
                rewards_of=self._rewarder.preview,
                score_of=self._rewarder.observed,
            ),
        )
        played = await rollout.budget(playground, rollout.prompts_per_step, rollout.samples_per_prompt)
        if rollout.gold is not None:
            played = await rollout.gold.join(playground, played)
        rollouts = playground.rollouts
        judge_s = sum(rollout.timings.get("env_s", 0.0) for rollout in (*rollouts, *playground.recited))
        write_whole(self.paths.rollouts(step), (*rollouts, *playground.recited))
        self.parts.sampler.record(playground.results())
        return _Collected(
            groups=[prompt.rollouts for prompt in played],
            num_drawn=playground.drawn,
            num_played=len(rollouts),
            tokens=sum(rollout.policy_tokens for rollout in rollouts),
            generate_s=playground.seconds - judge_s,
            judge_s=judge_s,
        )

    def _learn(self, step: int, groups: list[list[ScoredRollout]]) -> list[UpdateStats]:
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
        for share in update_shares(len(groups), config.learner.updates_per_step) or [range(0)]:
            part = slice(share.start, share.stop)
            updates.append(
                groups_of(groups[part], advantages[part], copies[part], config.aggregation, kl_weights[part])
            )
        stats = self.parts.learner.learn(updates, lr, progress=progress)
        remark = _prove_sync(stats[0], step, self.parts.policy.dtype)
        if remark:
            self._recorder.say(remark)
        return stats


def _prove_sync(stats: UpdateStats, step: int, dtype: torch.dtype) -> str:
    """Stop a run whose generator does not sample from the learner's weights.

    Returns:
        A remark if they agree less than the precision allows; empty if all is well.

    Raises:
        SyncError: The log-probabilities of on-version tokens are too far apart.
    """
    bound = _AGREEMENT[dtype]
    if stats.mismatch_mean > bound.stop_mean:
        raise SyncError(
            f"step {step}: generator and learner differ by {stats.mismatch_mean:.3g} in log-probability on "
            "tokens of the same weights\n\nhint: the weights did not reach the generator, or its sampling "
            "settings are not the learner's"
        )
    if stats.mismatch_max <= bound.remark_max and stats.mismatch_mean <= bound.remark_mean:
        return ""
    return (
        f"step {step}: generator and learner differ by up to {stats.mismatch_max:.2g} in log-probability "
        f"(mean {stats.mismatch_mean:.2g}); the loss's ratio to the behaviour policy corrects for it"
    )


def _step_metrics(
    span: Span,
    position: Position,
    collected: _Collected,
    groups: list[list[ScoredRollout]],
    stats: list[UpdateStats],
    learn_s: float,
) -> StepMetrics:
    own = [scored for group in groups for scored in group if not scored.rollout.is_foreign]
    rollouts = [scored.rollout for scored in own]
    kept = [scored for scored in own if scored.reward.valid]
    valid = [scored.reward.value for scored in kept]
    mean = sum(valid) / len(valid) if valid else math.nan
    variance = sum((value - mean) ** 2 for value in valid) / len(valid) if valid else math.nan
    learned = [update for update in stats if update.policy_tokens]

    def weighted(values: list[float]) -> float:
        counts = [update.policy_tokens for update in learned]
        total = sum(counts)
        return sum(v * c for v, c in zip(values, counts, strict=True)) / total if total else math.nan

    return StepMetrics(
        step=position.step,
        stage=span.name,
        train_seconds=position.train_seconds,
        reward_mean=mean,
        reward_std=math.sqrt(variance),
        groups=len(groups),
        informative_groups=int(informative_groups(scored_groups(groups).rewards_PG).sum()),
        masked_samples=len(rollouts) - len(valid),
        drawn_groups=collected.num_drawn,
        played_samples=collected.num_played,
        foreign_samples=sum(map(len, groups)) - len(own),
        policy_tokens=collected.tokens,
        response_tokens_mean=collected.tokens / max(collected.num_played, 1),
        truncated_share=sum(rollout.is_truncated for rollout in rollouts) / max(len(rollouts), 1),
        generate_s=collected.generate_s,
        judge_s=collected.judge_s,
        learn_s=learn_s,
        tokens_per_second=collected.tokens / max(collected.generate_s, 1e-9),
        loss=sum(update.loss for update in stats) / len(stats),
        gradient_norm=sum(update.gradient_norm for update in stats) / len(stats),
        lr=span.lr_at(position.step),
        clip_share=weighted([update.clip_share for update in learned]),
        kl_behaviour=weighted([update.kl_behaviour for update in learned]),
        mismatch_max=stats[0].mismatch_max if stats[0].policy_tokens else math.nan,
        entropy=weighted([update.entropy for update in learned]) if learned else None,
        kl_reference=_mean([update.kl_reference for update in learned if update.kl_reference is not None]),
        entropy_coefficient=stats[-1].entropy_coefficient,
        value_loss=_mean([update.value_loss for update in learned if update.value_loss is not None]),
        explained_variance=_mean(
            [update.explained_variance for update in learned if update.explained_variance is not None]
        ),
        outcome_mean=_mean([scored.outcome for scored in kept]),
        gated_mean=_mean([scored.gated for scored in kept]),
        ungated_mean=_mean([scored.ungated for scored in kept]),
        turns_mean=_mean([float(len(rollout.responses)) for rollout in rollouts]),
        ends=dict(sorted(Counter(str(rollout.end) for rollout in rollouts if rollout.end is not None).items())),
    )


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
