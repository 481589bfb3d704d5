"""The training loop, read from top to bottom: tasks, rollouts, rewards, advantages, update, sync."""

from __future__ import annotations

import math
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import torch

from palestra.agents import Rollout, Sampling
from palestra.trainer.advantages import informative_groups
from palestra.trainer.assembly import Parts, env_of
from palestra.trainer.batching import groups_of, scored_groups, update_shares
from palestra.trainer.budgets import Playground
from palestra.trainer.checkpoint import Position, keep_newest, save_checkpoint
from palestra.trainer.config import TrainConfig
from palestra.trainer.errors import SyncError
from palestra.trainer.evaluator import Evaluator
from palestra.trainer.learner import UpdateStats
from palestra.trainer.metrics import StepMetrics
from palestra.trainer.recorder import Recorder
from palestra.trainer.reward_log import write_rewards
from palestra.trainer.rewards import ScoredRollout, rewards_of
from palestra.trainer.run_paths import RunPaths, write_whole
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.rewards import divergence


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
    num_played: int
    """Rollouts that were sampled for it, seen by the learner or not."""
    tokens: int
    """Tokens that the policy wrote for them."""
    generate_s: float
    judge_s: float


class TrainingLoop:
    """Trains from a position to the end; everything it does is decided by config, weights and step."""

    def __init__(self, config: TrainConfig, parts: Parts, paths: RunPaths, recorder: Recorder) -> None:
        self.config = config
        self.parts = parts
        self.paths = paths
        self._recorder = recorder
        self._evaluator = Evaluator(config, parts, paths, recorder)
        rollout = config.rollout
        self._make_env = env_of(config)
        self._curves: deque[tuple[float, float]] = deque(maxlen=20)
        self._driver = parts.driver(Sampling(max_new_tokens=rollout.max_new_tokens, temperature=rollout.temperature))

    async def run(self, position: Position) -> Position:
        """Train until the steps or the seconds are used up; evaluate before, during and after."""
        self.parts.weight_sync.push(position.step)
        if position.step == 0:
            await self._evaluator.full(0)
        while not self._is_over(position):
            position = await self._advance(position)
        return position

    async def _advance(self, position: Position) -> Position:
        """One step, with the evaluation and the checkpoint that are due after it."""
        started = time.monotonic()
        step = position.step + 1
        collected = await self._collect(step)
        learning = time.monotonic()
        groups, stats = self._learn(step, collected)
        self.parts.weight_sync.push(step)
        finished = time.monotonic()
        position = replace(position, step=step, train_seconds=position.train_seconds + finished - started)
        metrics = _step_metrics(self.config, position, collected, groups, stats, finished - learning)
        self._recorder.record(metrics)
        self._watch(metrics)
        is_last = self._is_over(position)
        every = self.config.evaluation.every
        if is_last:
            await self._evaluator.full(step)
        elif every and step % every == 0:
            await self._evaluator.brief(step)
        if is_last or (self.config.checkpoint.every and step % self.config.checkpoint.every == 0):
            position = self._save(position)
        return position

    async def _collect(self, step: int) -> _Collected:
        """Draw the step's tasks and play them, as the budget says."""
        rollout = self.config.rollout
        playground = Playground(
            self._driver, self.parts.sampler, self._make_env, key=f"{self.config.seed}/{step}", step=step
        )
        played = await rollout.budget(playground, rollout.prompts_per_step, rollout.samples_per_prompt)
        rollouts = playground.rollouts
        judge_s = sum(rollout.timings.get("env_s", 0.0) for rollout in rollouts)
        write_whole(self.paths.rollouts(step), rollouts)
        self.parts.sampler.record(playground.results())
        return _Collected(
            groups=[prompt.rollouts for prompt in played],
            num_played=len(rollouts),
            tokens=sum(rollout.policy_tokens for rollout in rollouts),
            generate_s=playground.seconds - judge_s,
            judge_s=judge_s,
        )

    def _learn(self, step: int, collected: _Collected) -> tuple[list[list[ScoredRollout]], list[UpdateStats]]:
        """Rewards, advantages, and the step's optimizer updates."""
        config = self.config
        groups = [rewards_of(group, config.reward, config.overlong) for group in collected.groups]
        write_rewards(self.paths.rewards(step), chain.from_iterable(groups))
        random = KeyedRandom("selection", config.seed, step)
        chosen = config.selection(scored_groups(groups), config.advantage, random)
        advantages = config.credit(groups, chosen.advantages_PG, config.advantage)
        copies = chosen.copies_PG.tolist()
        lr = config.optim.lr_at(step, config.steps)
        stats: list[UpdateStats] = []
        for share in update_shares(len(groups), config.learner.updates_per_step):
            part = slice(share.start, share.stop)
            update = groups_of(groups[part], advantages[part], copies[part], config.aggregation)
            stats.append(self.parts.learner.update(update, lr))
            if len(stats) == 1:
                remark = _prove_sync(stats[0], step, self.parts.policy.dtype)
                if remark:
                    self._recorder.say(remark)
        return groups, stats

    def _watch(self, metrics: StepMetrics) -> None:
        """Say so when turns are farmed at the cost of the outcome."""
        if metrics.outcome_mean is None or metrics.ungated_mean is None:
            return
        self._curves.append((metrics.ungated_mean, metrics.outcome_mean))
        ungated, outcomes = zip(*self._curves, strict=True)
        if alarm := divergence(ungated, outcomes):
            self._recorder.say(f"step {metrics.step}: within 20 steps {alarm}: see reward.turns")
            self._curves.clear()

    def _save(self, position: Position) -> Position:
        """Write a checkpoint; its seconds count as training."""
        started = time.monotonic()
        save_checkpoint(
            self.paths.checkpoints,
            position,
            self.parts.policy.model,
            self.parts.tokenizer.tokenizer,
            self.parts.learner.state(),
            self.parts.sampler.state(),
        )
        keep_newest(self.paths.checkpoints, self.config.checkpoint.keep)
        return replace(position, train_seconds=position.train_seconds + time.monotonic() - started)

    def _is_over(self, position: Position) -> bool:
        """Whether the steps are done, or the time left is too short for another step like those before."""
        if position.step >= self.config.steps:
            return True
        step_s = position.train_seconds / max(position.step, 1)
        return self.config.max_seconds is not None and position.train_seconds + step_s > self.config.max_seconds


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
    config: TrainConfig,
    position: Position,
    collected: _Collected,
    groups: list[list[ScoredRollout]],
    stats: list[UpdateStats],
    learn_s: float,
) -> StepMetrics:
    rollouts = [scored.rollout for group in groups for scored in group]
    kept = [scored for group in groups for scored in group if scored.reward.valid]
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
        train_seconds=position.train_seconds,
        reward_mean=mean,
        reward_std=math.sqrt(variance),
        groups=len(groups),
        informative_groups=int(informative_groups(scored_groups(groups).rewards_PG).sum()),
        masked_samples=len(rollouts) - len(valid),
        played_samples=collected.num_played,
        policy_tokens=collected.tokens,
        response_tokens_mean=collected.tokens / max(collected.num_played, 1),
        truncated_share=sum(rollout.is_truncated for rollout in rollouts) / max(len(rollouts), 1),
        generate_s=collected.generate_s,
        judge_s=collected.judge_s,
        learn_s=learn_s,
        tokens_per_second=collected.tokens / max(collected.generate_s, 1e-9),
        loss=sum(update.loss for update in stats) / len(stats),
        gradient_norm=sum(update.gradient_norm for update in stats) / len(stats),
        lr=config.optim.lr_at(position.step, config.steps),
        clip_share=weighted([update.clip_share for update in learned]),
        kl_behaviour=weighted([update.kl_behaviour for update in learned]),
        mismatch_max=stats[0].mismatch_max if stats[0].policy_tokens else math.nan,
        entropy=weighted([update.entropy for update in learned]) if learned else None,
        outcome_mean=_mean([scored.outcome for scored in kept]),
        gated_mean=_mean([scored.gated for scored in kept]),
        ungated_mean=_mean([scored.ungated for scored in kept]),
        turns_mean=_mean([float(len(rollout.responses)) for rollout in rollouts]),
        ends=dict(sorted(Counter(str(rollout.end) for rollout in rollouts if rollout.end is not None).items())),
    )


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
