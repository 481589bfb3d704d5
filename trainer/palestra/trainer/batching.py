"""From rollouts and their rewards to groups that the learner takes."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from palestra.agents import Rollout
from palestra.trainer.aggregation import Aggregation
from palestra.trainer.packing import Group, Sample
from palestra.trainer.rewards import Reward


def reward_matrix(rewards: Sequence[Reward], samples_per_prompt: int) -> Tensor:
    """Rewards by prompt and sample, shape (P, G); NaN marks masked samples."""
    values = torch.tensor([reward.or_nan for reward in rewards], dtype=torch.float32)
    return values.view(-1, samples_per_prompt)


def update_shares(prompts: int, updates: int) -> list[range]:
    """The prompts of each update: contiguous shares that differ by at most one."""
    edges = [round(prompts * share / updates) for share in range(updates + 1)]
    return [range(start, stop) for start, stop in pairwise(edges) if stop > start]


def groups_of(
    rollouts_PG: Sequence[Sequence[Rollout]],
    advantages_PG: Tensor,
    aggregation: Aggregation,
    masked: Container[str] = frozenset(),
) -> list[Group]:
    """The groups of one update.

    Args:
        rollouts_PG: Rollouts by prompt and sample.
        advantages_PG: Shape (P, G); masked samples have the advantage 0.
        aggregation: Weighs tokens by the counts of all valid sequences of the update, learned from or not.
        masked: Keys of rollouts that are left out, besides those without a valid verdict.
    """
    flat = [rollout for group in rollouts_PG for rollout in group]
    taken = {rollout.key: rollout.verdict.valid and rollout.key not in masked for rollout in flat}
    counts = [rollout.policy_tokens if taken[rollout.key] else 0 for rollout in flat]
    weights = iter(aggregation(counts))
    groups: list[Group] = []
    for rollouts, advantages in zip(rollouts_PG, advantages_PG.tolist(), strict=True):
        samples: dict[tuple[int, ...], list[Sample]] = {}
        for rollout, advantage in zip(rollouts, advantages, strict=True):
            weight = next(weights)
            for prompt, sample in _samples(rollout, advantage, weight) if taken[rollout.key] else ():
                samples.setdefault(prompt, []).append(sample)
        groups += [Group(prompt_ids=prompt, samples=tuple(found)) for prompt, found in samples.items()]
    return groups


def _samples(rollout: Rollout, advantage: float, weight: float) -> Iterator[tuple[tuple[int, ...], Sample]]:
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
                    advantage=advantage,
                    weight=weight,
                ),
            )
