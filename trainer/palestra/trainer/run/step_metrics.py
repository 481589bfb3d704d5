"""The row of metrics of a training step."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence

from palestra.trainer.advantages import informative_groups
from palestra.trainer.checkpoints.checkpoint import Position
from palestra.trainer.learner.batching import scored_groups
from palestra.trainer.metrics import StepMetrics
from palestra.trainer.modes.collected import Collected
from palestra.trainer.modes.schedule import LearnedStep
from palestra.trainer.modes.utilisation import Usage
from palestra.trainer.objective.update_stats import UpdateStats
from palestra.trainer.stages.span import Span


def step_metrics(
    span: Span, position: Position, collected: Collected, learned: LearnedStep, usage: Usage, learn_s: float
) -> StepMetrics:
    """What happened in a step.

    Args:
        span: The stage.
        position: Behind the step.
        collected: What was played.
        learned: What became of it.
        usage: How busy both sides were.
        learn_s: Seconds from the first reward to the push of the weights.
    """
    groups, stats = learned.groups, learned.stats
    own = [scored for group in groups for scored in group if not scored.rollout.is_foreign]
    rollouts = [scored.rollout for scored in own]
    kept = [scored for scored in own if scored.reward.valid]
    valid = [scored.reward.value for scored in kept]
    mean = sum(valid) / len(valid) if valid else math.nan
    variance = sum((value - mean) ** 2 for value in valid) / len(valid) if valid else math.nan
    read = [update for update in stats if update.policy_tokens]
    first = read[0] if read else stats[0]  # it alone saw the weights that the generator has
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
        tokens_per_second=collected.fresh_tokens / max(collected.generate_s or collected.judge_s, 1e-9),
        loss=sum(update.loss for update in stats) / len(stats),
        gradient_norm=sum(update.gradient_norm for update in stats) / len(stats),
        lr=span.lr_at(position.step),
        clip_share=_weighted(read, lambda update: update.clip_share),
        kl_behaviour=_weighted(read, lambda update: update.kl_behaviour),
        mismatch_max=first.mismatch_max if first.fresh_tokens else math.nan,
        entropy=_weighted(read, lambda update: update.entropy) if read else None,
        kl_reference=_over_tokens([(update.kl_reference, update.policy_tokens) for update in read]),
        entropy_coefficient=stats[-1].entropy_coefficient,
        value_loss=_mean([update.value_loss for update in read if update.value_loss is not None]),
        explained_variance=_mean(
            [update.explained_variance for update in read if update.explained_variance is not None]
        ),
        outcome_mean=_mean([scored.outcome for scored in kept]),
        gated_mean=_mean([scored.gated for scored in kept]),
        ungated_mean=_mean([scored.ungated for scored in kept]),
        turns_mean=_mean([float(len(rollout.responses)) for rollout in rollouts]),
        ends=dict(sorted(Counter(str(rollout.end) for rollout in rollouts if rollout.end is not None).items())),
        staleness_mean=_weighted(read, lambda update: update.staleness_mean) if read else None,
        staleness_max=max((update.staleness_max for update in read), default=None),
        stale_share=_stale_share(read),
        kl_fresh=_over_tokens([(update.kl_fresh, update.fresh_tokens) for update in read]),
        kl_stale=_over_tokens([(update.kl_stale, update.stale_tokens) for update in read]),
        effective_share=_over_tokens(
            [(update.effective_share, update.fresh_tokens + update.stale_tokens) for update in read]
        ),
        too_old_tokens=learned.too_old_tokens,
        carried_samples=collected.carried,
        replayed_samples=collected.replayed,
        cut_samples=collected.cut,
        generator_idle_s=usage.generator_idle_s,
        learner_idle_s=usage.learner_idle_s,
        overlap_s=usage.both_s,
    )


def _weighted(updates: Sequence[UpdateStats], value: Callable[[UpdateStats], float]) -> float:
    """The mean over all tokens of the updates."""
    total = sum(update.policy_tokens for update in updates)
    return sum(value(update) * update.policy_tokens for update in updates) / total if total else math.nan


def _over_tokens(pairs: Sequence[tuple[float | None, int]]) -> float | None:
    """The mean of values that each stand for so many tokens; None without any."""
    found = [(value, count) for value, count in pairs if value is not None]
    return sum(value * count for value, count in found) / sum(count for _, count in found) if found else None


def _stale_share(updates: Sequence[UpdateStats]) -> float | None:
    stale, fresh = sum(u.stale_tokens for u in updates), sum(u.fresh_tokens for u in updates)
    return stale / (stale + fresh) if stale + fresh else None


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
