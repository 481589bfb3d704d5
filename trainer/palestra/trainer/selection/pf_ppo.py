"""PF-PPO: rewards that can be trusted more are learned from more often."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

import torch

from palestra.envs.curriculum.member import drawn_by_weight
from palestra.trainer.advantages import Estimator, ScoredGroups
from palestra.trainer.selection.chosen import Chosen
from palestra.verifiers.keyed_random import KeyedRandom


class Filtration(StrEnum):
    """Which samples of a group are drawn more often."""

    BEST = "br"
    """The best four times as often as each other."""
    BEST_WORST = "bw"
    """The best and the worst alone."""
    POWER = "pow"
    """In proportion to the square of the reward."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PfPpo:
    """Draw as many samples of each group as it has, with replacement, by weights that follow from its rewards.

    Advantages are taken over the whole group. It pays with graded rewards whose ends are more reliable than their
    middle; choose the filtration by how well reward and truth agree on samples whose truth is known.

    Source: "Policy Filtration in RLHF to Fine-Tune LLM for Code Generation", arXiv:2409.06957,
    and its code.
    """

    kind: ClassVar[str] = "pf-ppo"

    filtration: Filtration = Filtration.BEST_WORST
    """Which samples are drawn more often: br, bw or pow."""

    def __call__(self, groups: ScoredGroups, estimate: Estimator, random: KeyedRandom) -> Chosen:
        """What was drawn, with its advantages in whole groups."""
        copies_PG = torch.zeros(groups.rewards_PG.shape, dtype=torch.int64)
        for row, (rewards, valid) in enumerate(zip(groups.rewards_PG.tolist(), groups.valid_PG.tolist(), strict=True)):
            places = [place for place, is_valid in enumerate(valid) if is_valid]
            if places:
                weights = draw_weights([rewards[place] for place in places], self.filtration)
                for _ in places:
                    copies_PG[row, places[drawn_by_weight(weights, random.share())]] += 1
        return Chosen(advantages_PG=estimate(groups), copies_PG=copies_PG)


def draw_weights(rewards: Sequence[float], filtration: Filtration) -> list[float]:
    """The probability of each sample of a group; equal rewards have equal ones.

    >>> [round(weight, 6) for weight in draw_weights([0.9, 0.2, -0.4, 0.1], Filtration.BEST)]
    [0.571429, 0.142857, 0.142857, 0.142857]
    """
    weights = _WEIGHTS[filtration](rewards)
    total = sum(weights)
    return [weight / total for weight in weights] if total > 0.0 else [1.0 / len(rewards)] * len(rewards)


def _best(rewards: Sequence[float]) -> list[float]:
    return [0.4 if reward == max(rewards) else 0.1 for reward in rewards]


def _best_worst(rewards: Sequence[float]) -> list[float]:
    return [float(reward in (max(rewards), min(rewards))) for reward in rewards]


def _power(rewards: Sequence[float]) -> list[float]:
    return [reward * reward for reward in rewards]


_WEIGHTS: dict[Filtration, Callable[[Sequence[float]], list[float]]] = {
    Filtration.BEST: _best,
    Filtration.BEST_WORST: _best_worst,
    Filtration.POWER: _power,
}
