"""Every estimator that a configuration can name, and groups to try them on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import get_args

import torch

from palestra.trainer.advantages import Advantage, ScoredGroups

NAN = math.nan

ESTIMATORS: list[Advantage] = [member() for member in get_args(Advantage)]
"""Each member of the union as it is by default: a new member is tested by being named there."""


def scored(
    rewards: Sequence[Sequence[float]],
    lengths: Sequence[Sequence[int]] | None = None,
    components: Mapping[str, Sequence[Sequence[float]]] | None = None,
) -> ScoredGroups:
    """Groups in float64; every response has one token unless lengths are given."""
    rewards_PG = torch.tensor(rewards, dtype=torch.float64).view(len(rewards), -1)
    groups = ScoredGroups.of_rewards(rewards_PG)
    return ScoredGroups(
        rewards_PG=rewards_PG,
        lengths_PG=groups.lengths_PG if lengths is None else torch.tensor(lengths),
        components={
            name: torch.tensor(values, dtype=torch.float64).view(rewards_PG.shape)
            for name, values in (components or {}).items()
        },
    )


def advantages(
    estimator: Advantage, rewards: Sequence[Sequence[float]], lengths: Sequence[Sequence[int]] | None = None
) -> list[list[float]]:
    """What the estimator says of the groups."""
    found: list[list[float]] = estimator(scored(rewards, lengths)).tolist()
    return found
