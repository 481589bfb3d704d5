"""The training loop, read from top to bottom: tasks, rollouts, rewards, advantages, update, sync."""

from __future__ import annotations

import math
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from palestra.agents import Episode, Rollout, Sampling
from palestra.envs.curriculum import Draw, GroupResult
from palestra.trainer.advantages import informative_groups
from palestra.trainer.assembly import Parts, env_of
from palestra.trainer.batching import groups_of, reward_matrix, update_shares
from palestra.trainer.checkpoint import Position, keep_newest, save_checkpoint
from palestra.trainer.config import TrainConfig
from palestra.trainer.errors import SyncError
from palestra.trainer.evaluator import Evaluator
from palestra.trainer.learner import UpdateStats
from palestra.trainer.metrics import StepMetrics
from palestra.trainer.recorder import Recorder
from palestra.trainer.reward_log import write_rewards
from palestra.trainer.rewards import Reward, rewards_of
from palestra.trainer.run_paths import RunPaths, write_whole
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

    rollouts_PG: list[list[Rollout]]
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
        rewards, stats = self._learn(step, collected)
        self.parts.weight_sync.push(step)
        finished = time.monotonic()
        position = replace(position, step=step, train_seconds=position.train_seconds + finished - started)
        metrics = _step_metrics(self.config, position, collected, rewards, stats, finished - learning)
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
        """Draw the step's tasks and play them."""
        started = time.monotonic()
        rollout = self.config.rollout
        draws = self.parts.sampler.draw(step, rollout.prompts_per_step)
        episodes = [
            Episode(key=f"{self.config.seed}/{step}/{prompt}/{sample}", env=self._make_env(draw.task), task=draw.task)
            for prompt, draw in enumerate(draws)
            for sample in range(rollout.samples_per_prompt)
        ]
        rollouts = await self._driver.play(episodes)
        judge_s = sum(rollout.timings.get("env_s", 0.0) for rollout in rollouts)
        generate_s = time.monotonic() - started - judge_s
        write_whole(self.paths.rollouts(step), rollouts)
        size = rollout.samples_per_prompt
        groups = [rollouts[i : i + size] for i in range(0, len(rollouts), size)]
        self.parts.sampler.record([_result(draw, group) for draw, group in zip(draws, groups, strict=True)])
        return _Collected(rollouts_PG=groups, generate_s=generate_s, judge_s=judge_s)

    def _learn(self, step: int, collected: _Collected) -> tuple[list[Reward], list[UpdateStats]]:
        """Rewards, advantages, and the step's optimizer updates."""
        config = self.config
        rollouts = [rollout for group in collected.rollouts_PG for rollout in group]
        rewards = rewards_of(rollouts, config.reward, config.overlong)
        write_rewards(self.paths.rewards(step), rollouts, rewards)
        masked = {rollout.key for rollout, reward in zip(rollouts, rewards, strict=True) if not reward.valid}
        advantages_PG = config.advantage(reward_matrix(rewards, config.rollout.samples_per_prompt))
        lr = config.optim.lr_at(step, config.steps)
        stats: list[UpdateStats] = []
        for share in update_shares(len(collected.rollouts_PG), config.learner.updates_per_step):
            of_share = slice(share.start, share.stop)
            groups = groups_of(collected.rollouts_PG[of_share], advantages_PG[of_share], config.aggregation, masked)
            stats.append(self.parts.learner.update(groups, lr))
            if len(stats) == 1:
                remark = _prove_sync(stats[0], step, self.parts.policy.dtype)
                if remark:
                    self._recorder.say(remark)
        return rewards, stats

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


def _result(draw: Draw, group: Sequence[Rollout]) -> GroupResult:
    """What became of a draw, for the sampler."""
    return GroupResult(
        draw=draw,
        scores=tuple(rollout.verdict.score for rollout in group if rollout.verdict.valid),
        tokens=sum(rollout.policy_tokens for rollout in group),
    )


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
    rewards: list[Reward],
    stats: list[UpdateStats],
    learn_s: float,
) -> StepMetrics:
    rollouts = [rollout for group in collected.rollouts_PG for rollout in group]
    valid = [reward.value for reward in rewards if reward.valid]
    mean = sum(valid) / len(valid) if valid else math.nan
    variance = sum((value - mean) ** 2 for value in valid) / len(valid) if valid else math.nan
    rewards_PG = reward_matrix(rewards, config.rollout.samples_per_prompt)
    tokens = sum(rollout.policy_tokens for rollout in rollouts)
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
        groups=len(collected.rollouts_PG),
        informative_groups=int(informative_groups(rewards_PG).sum()),
        masked_samples=len(rewards) - len(valid),
        policy_tokens=tokens,
        response_tokens_mean=tokens / len(rollouts),
        truncated_share=sum(rollout.is_truncated for rollout in rollouts) / len(rollouts),
        generate_s=collected.generate_s,
        judge_s=collected.judge_s,
        learn_s=learn_s,
        tokens_per_second=tokens / max(collected.generate_s, 1e-9),
        loss=sum(update.loss for update in stats) / len(stats),
        gradient_norm=sum(update.gradient_norm for update in stats) / len(stats),
        lr=config.optim.lr_at(position.step, config.steps),
        clip_share=weighted([update.clip_share for update in learned]),
        kl_behaviour=weighted([update.kl_behaviour for update in learned]),
        mismatch_max=stats[0].mismatch_max if stats[0].policy_tokens else math.nan,
        entropy=weighted([update.entropy for update in learned]) if learned else None,
        outcome_mean=_mean([reward.outcome for reward in rewards if reward.valid]),
        gated_mean=_mean([reward.gated for reward in rewards if reward.valid]),
        ungated_mean=_mean([reward.ungated for reward in rewards if reward.valid]),
        turns_mean=_mean([float(len(rollout.responses)) for rollout in rollouts]),
        ends=dict(sorted(Counter(str(rollout.end) for rollout in rollouts if rollout.end is not None).items())),
    )


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
