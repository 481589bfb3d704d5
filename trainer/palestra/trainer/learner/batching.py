"""From scored rollouts to the groups that estimators and the learner take."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import torch

from palestra.agents import UNSAMPLED, Rollout
from palestra.agents.rollout import Segment
from palestra.trainer.advantages import ScoredGroups
from palestra.trainer.objective.aggregation import Aggregation
from palestra.trainer.objective.staleness import ALL_FRESH, Freshness, SegmentView
from palestra.trainer.packing.packs import Group, Sample
from palestra.trainer.rewards import ScoredRollout


def scored_groups(groups: Sequence[Sequence[ScoredRollout]]) -> ScoredGroups:
    """Groups as matrices, shape (P, G), G the size of the largest; NaN marks masked samples and missing ones."""
    foreign = [[scored.rollout.is_foreign for scored in group] for group in groups]
    names = {name for group in groups for scored in group for name in scored.components}
    return ScoredGroups(
        rewards_PG=_matrix([[scored.reward.or_nan for scored in group] for group in groups]),
        lengths_PG=_matrix([[scored.rollout.policy_tokens for scored in group] for group in groups]).nan_to_num(0.0),
        foreign_PG=_matrix(foreign) == 1.0 if any(map(any, foreign)) else None,
        components={
            name: _matrix([[scored.components.get(name, math.nan) for scored in group] for group in groups])
            for name in sorted(names)
        },
    )


def update_shares(prompts: int, updates: int) -> list[range]:
    """The prompts of each update: contiguous shares that differ by at most one."""
    edges = [round(prompts * share / updates) for share in range(updates + 1)]
    return [range(start, stop) for start, stop in pairwise(edges) if stop > start]


def groups_of(
    groups: Sequence[Sequence[ScoredRollout]],
    turn_advantages: Sequence[Sequence[tuple[float, ...]]],
    copies: Sequence[Sequence[int]],
    aggregation: Aggregation,
    kl_weights: Sequence[Sequence[float]] | None = None,
    *,
    freshness: Freshness = ALL_FRESH,
) -> list[Group]:
    """The groups of one update.

    Args:
        groups: Rollouts by prompt and sample.
        turn_advantages: For each rollout an advantage for each of its turns, or one for all tokens.
        copies: How often each rollout counts; 0 leaves it out, and masked ones are left out anyway.
        aggregation: Weighs tokens by the counts of all sequences that count, whatever their advantage.
        kl_weights: How much of the KL penalty each rollout bears; 1 if None.
        freshness: What is made of the versions of tokens.

    Raises:
        SyncError: A token is of a version that it cannot be of.
    """
    taken = [
        [count if scored.reward.valid else 0 for scored, count in zip(group, counts, strict=False)]
        for group, counts in zip(groups, copies, strict=True)
    ]
    views = [[freshness.views(scored.rollout) for scored in group] for group in groups]
    tokens = [
        sum(sum(view.mask) for view in seen.values())
        for of_group, counts in zip(views, taken, strict=True)
        for seen, count in zip(of_group, counts, strict=True)
        for _ in range(count)
    ]
    weights = iter(aggregation(tokens))
    built: list[Group] = []
    episode = 0
    kl_weights = kl_weights or [[1.0] * len(group) for group in groups]
    for group, of_group, advantages, of_kl, counts in zip(
        groups, views, turn_advantages, kl_weights, taken, strict=True
    ):
        samples: dict[tuple[int, ...], list[Sample]] = {}
        for scored, seen, of_turns, kl_weight, count in zip(
            group, of_group, advantages, of_kl[: len(group)], counts, strict=True
        ):
            # A copy is the same tokens with twice the weight, and so is an episode that stands for two.
            weight = scored.rollout.weight * math.fsum(next(weights) for _ in range(count))
            parts = _samples(scored, seen, of_turns, weight, kl_weight) if count else ()
            for part, (prompt, sample) in enumerate(parts):
                is_cut = scored.rollout.is_truncated
                samples.setdefault(prompt, []).append(replace(sample, episode=episode, part=part, is_cut=is_cut))
            episode += 1
        built += [Group(prompt_ids=prompt, samples=tuple(found)) for prompt, found in samples.items()]
    return built


def _samples(
    scored: ScoredRollout,
    views: Mapping[int, SegmentView],
    of_turns: tuple[float, ...],
    weight: float,
    kl_weight: float,
) -> Iterator[tuple[tuple[int, ...], Sample]]:
    """A rollout's segments behind their prompts."""
    rollout, paid = scored.rollout, _token_rewards(scored)
    for segment in rollout.segments:
        view = views[segment.id]
        if any(view.mask):
            start = segment.prompt_length
            yield (
                segment.token_ids[:start],
                Sample(
                    token_ids=segment.token_ids[start:],
                    mask=view.mask,
                    behaviour=_behaviour(segment),
                    advantages=_token_advantages(rollout, segment, view.mask, of_turns),
                    weight=weight,
                    kl_weight=kl_weight,
                    rewards=paid[segment.id],
                    lags=view.lags,
                ),
            )


def _token_rewards(scored: ScoredRollout) -> dict[int, tuple[float, ...]]:
    """What is paid at each token of each segment: a turn's credit at its last token, the rest at the very last."""
    rollout = scored.rollout
    paid = {segment.id: [0.0] * len(segment.mask) for segment in rollout.segments}
    rest = scored.reward.value
    for turn, credit in zip(rollout.turns, scored.credits, strict=False):
        if turn.tokens_out:
            paid[turn.segment][turn.start + turn.tokens_out - 1] += credit
            rest -= credit
    last = [(segment.id, place) for segment in rollout.segments for place, m in enumerate(segment.mask) if m][-1:]
    for segment_id, place in last:
        paid[segment_id][place] += rest
    return {segment_id: tuple(values) for segment_id, values in paid.items()}


def _behaviour(segment: Segment) -> tuple[float, ...]:
    """Log-probabilities; NaN on tokens that no policy of this run sampled."""
    behaviour = list(segment.logprobs)
    for span in segment.versions:
        if span.version == UNSAMPLED:
            behaviour[span.start : span.end] = [math.nan] * (span.end - span.start)
    return tuple(behaviour)


def _token_advantages(
    rollout: Rollout, segment: Segment, mask: tuple[int, ...], of_turns: tuple[float, ...]
) -> tuple[float, ...]:
    """One for each token behind the prompt; 0 where the mask is."""
    if len(of_turns) == 1:
        return tuple(of_turns[0] if is_policy else 0.0 for is_policy in mask)
    if len(of_turns) != len(rollout.turns):
        raise ValueError(f"{len(of_turns)} advantages for the {len(rollout.turns)} turns of `{rollout.key}`")
    advantages = [0.0] * len(segment.mask)
    for turn, advantage in zip(rollout.turns, of_turns, strict=True):
        if turn.segment == segment.id:
            advantages[turn.start : turn.start + turn.tokens_out] = [advantage] * turn.tokens_out
    return tuple(advantage if is_policy else 0.0 for advantage, is_policy in zip(advantages, mask, strict=True))


def _matrix(rows: Sequence[Sequence[float]]) -> torch.Tensor:
    width = max(map(len, rows), default=0)
    padded = [[*row, *[math.nan] * (width - len(row))] for row in rows]
    return torch.tensor(padded, dtype=torch.float32).view(len(rows), width)
