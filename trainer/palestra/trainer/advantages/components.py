"""Estimates of one component of the rewards after the other."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from palestra.trainer.advantages.scored_groups import Estimator, ScoredGroups


def component_advantages(groups: ScoredGroups, estimate: Estimator, weights: Mapping[str, float]) -> Tensor:
    """The weighted sum of each component's advantages, shape (P, G).

    Where no component is known, the reward is the only one, with the weight 1. A sample that is masked in one
    component alone gets nothing from that one.

    Args:
        groups: With components.
        estimate: Gives advantages to the rewards of one component.
        weights: By component; those that are not named weigh 1.

    Raises:
        ValueError: A weight is of no component.
    """
    if not groups.components:
        return estimate(groups)
    if unknown := sorted(set(weights) - set(groups.components)):
        raise ValueError(
            f"there is no component `{unknown[0]}`\n\nhint: components are `{', '.join(sorted(groups.components))}`"
        )
    total_PG = torch.zeros_like(groups.rewards_PG)
    for name, component_PG in groups.components.items():
        rewards_PG = component_PG.to(groups.rewards_PG).masked_fill(~groups.valid_PG, math.nan)
        total_PG = total_PG + weights.get(name, 1.0) * estimate(groups.with_rewards(rewards_PG))
    return total_PG


def check_weights(weights: Mapping[str, float]) -> None:
    """Raise unless all weights are finite."""
    for name, weight in weights.items():
        if not math.isfinite(weight):
            raise ValueError(f"the weight of `{name}` must be finite, got {weight}")
