"""From scored rollouts to the groups that estimators and the learner take."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import torch

from palestra.agents import Rollout
from palestra.agents.rollout import Segment
from palestra.trainer.advantages import ScoredGroups
from palestra.trainer.aggregation import Aggregation
from palestra.trainer.packing import Group, Sample
from palestra.trainer.rewards import ScoredRollout


def scored_groups(groups: Sequence[Sequence[ScoredRollout]]) -> ScoredGroups:
    """Groups as matrices, shape (P, G), G the size of the largest; NaN marks masked samples and missing ones."""
    names = {name for group in groups for scored in group for name in scored.components}
    return ScoredGroups(
        rewards_PG=_matrix([[scored.reward.or_nan for scored in group] for group in groups]),
        lengths_PG=_matrix([[scored.rollout.policy_tokens for scored in group] for group in groups]).nan_to_num(0.0),
        outcomes_PG=_matrix([[scored.outcome for scored in group] for group in groups]),
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
) -> list[Group]:
    """The groups of one update.

    Args:
        groups: Rollouts by prompt and sample.
        turn_advantages: For each rollout an advantage for each of its turns, or one for all tokens.
        copies: How often each rollout counts; 0 leaves it out, and masked ones are left out anyway.
        aggregation: Weighs tokens by the counts of all sequences that count, whatever their advantage.
    """
    taken = [
        [count if scored.reward.valid else 0 for scored, count in zip(group, counts, strict=False)]
        for group, counts in zip(groups, copies, strict=True)
    ]
    tokens = [
        scored.rollout.policy_tokens
        for group, counts in zip(groups, taken, strict=True)
        for scored, count in zip(group, counts, strict=True)
        for _ in range(count)
    ]
    weights = iter(aggregation(tokens))
    built: list[Group] = []
    for group, advantages, counts in zip(groups, turn_advantages, taken, strict=True):
        samples: dict[tuple[int, ...], list[Sample]] = {}
        for scored, of_turns, count in zip(group, advantages, counts, strict=True):
            weight = math.fsum(next(weights) for _ in range(count))  # a copy is the same tokens with twice the weight
            for prompt, sample in _samples(scored.rollout, of_turns, weight) if count else ():
                samples.setdefault(prompt, []).append(sample)
        built += [Group(prompt_ids=prompt, samples=tuple(found)) for prompt, found in samples.items()]
    return built


def _samples(rollout: Rollout, of_turns: tuple[float, ...], weight: float) -> Iterator[tuple[tuple[int, ...], Sample]]:
    """A rollout's segments behind their prompts."""
    for segment in rollout.segments:
        if any(segment.mask):
            start = segment.prompt_length
            yield (
                segment.token_ids[:start],
                Sample(
                    token_ids=segment.token_ids[start:],
                    mask=segment.mask,
                    behaviour=segment.logprobs,
                    advantages=_token_advantages(rollout, segment, of_turns),
                    weight=weight,
                ),
            )


def _token_advantages(rollout: Rollout, segment: Segment, of_turns: tuple[float, ...]) -> tuple[float, ...]:
    """One for each token behind the prompt; 0 on observations."""
    if len(of_turns) == 1:
        return tuple(of_turns[0] if is_policy else 0.0 for is_policy in segment.mask)
    if len(of_turns) != len(rollout.turns):
        raise ValueError(f"{len(of_turns)} advantages for the {len(rollout.turns)} turns of `{rollout.key}`")
    advantages = [0.0] * len(segment.mask)
    for turn, advantage in zip(rollout.turns, of_turns, strict=True):
        if turn.segment == segment.id:
            advantages[turn.start : turn.start + turn.tokens_out] = [advantage] * turn.tokens_out
    return tuple(advantage if is_policy else 0.0 for advantage, is_policy in zip(advantages, segment.mask, strict=True))


def _matrix(rows: Sequence[Sequence[float]]) -> torch.Tensor:
    width = max(map(len, rows), default=0)
    padded = [[*row, *[math.nan] * (width - len(row))] for row in rows]
    return torch.tensor(padded, dtype=torch.float32).view(len(rows), width)
