"""Advantages of turns: what was earned from a turn on, against what the group's others earned from theirs on."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from palestra.trainer.advantages import Estimator, ScoredGroups
from palestra.trainer.rewards import ScoredRollout

TurnPayments = Sequence[Sequence[Sequence[float]]]
"""By group, rollout and turn."""


def outcome_of(scored: ScoredRollout) -> float:
    """What of a valid rollout's reward no turn has earned."""
    return scored.reward.value - sum(scored.credits)


def turn_advantages(
    groups: Sequence[Sequence[ScoredRollout]],
    payments: TurnPayments,
    gamma: float,
    advantages_PG: Tensor,
    estimate: Estimator,
) -> list[list[tuple[float, ...]]]:
    """The estimator's advantages of discounted returns, for each turn index over the group.

    A turn is compared with the same turn of the rollouts that came as far: its baseline is what is earned by those
    who are still there, and rollouts that had ended do not count. A turn that no other rollout of its group came to
    has nothing to be compared with and takes the rollout's own advantage.

    Args:
        groups: The step's rollouts.
        payments: What each turn is paid; at least one number for each valid rollout.
        gamma: Discount for each turn of delay.
        advantages_PG: Of whole rollouts.
        estimate: Sees returns as rewards, the turns' tokens as lengths, and no components.
    """
    returns = [[_returns(paid, gamma) for paid in group] for group in payments]
    whole = advantages_PG.tolist()
    found = [
        [[own] * max(1, len(of_turns)) for own, of_turns in zip(row, of_group, strict=False)]  # a row may be longer
        for row, of_group in zip(whole, returns, strict=True)
    ]
    longest = max((len(of_turns) for group in returns for of_turns in group), default=0)
    for turn in range(longest):
        reached = _reached(groups, returns, turn, advantages_PG)
        compared_P = reached.valid_PG.sum(dim=1) > 1
        estimated = estimate(reached).tolist()
        for row, column in (reached.valid_PG & compared_P[:, None]).nonzero().tolist():
            found[row][column][turn] = estimated[row][column]
    return [[tuple(of_turns) for of_turns in group] for group in found]


def _returns(payments: Sequence[float], gamma: float) -> list[float]:
    total, returns = 0.0, []
    for payment in reversed(payments):
        total = payment + gamma * total
        # The order of a sum shows in its last digits, and a z-score of equals would blow that up.
        returns.append(round(total, 9))
    return returns[::-1]


def _reached(
    groups: Sequence[Sequence[ScoredRollout]],
    returns: Sequence[Sequence[Sequence[float]]],
    turn: int,
    like_PG: Tensor,
) -> ScoredGroups:
    """The rollouts that came to a turn; all others are masked."""
    rewards_PG = torch.full_like(like_PG, torch.nan)
    lengths_PG, foreign_PG = torch.zeros_like(like_PG), torch.zeros_like(like_PG, dtype=torch.bool)
    for row, group in enumerate(groups):
        for column, scored in enumerate(group):
            if scored.reward.valid and turn < len(returns[row][column]):
                turns = scored.rollout.turns
                rewards_PG[row, column] = returns[row][column][turn]
                foreign_PG[row, column] = scored.rollout.is_foreign
                lengths_PG[row, column] = turns[turn].tokens_out if turns else scored.rollout.policy_tokens
    return ScoredGroups(
        rewards_PG=rewards_PG,
        lengths_PG=lengths_PG,
        foreign_PG=foreign_PG if foreign_PG.any() else None,
    )
