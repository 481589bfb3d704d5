"""D3S: the samples whose advantages differ most."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import ClassVar

import torch

from palestra.trainer.advantages import Estimator, ScoredGroups
from palestra.trainer.selection.chosen import Chosen
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class D3s:
    """Keep the share of a step's samples whose advantages have the greatest variance, over all groups together.

    Advantages come from whole groups and are not taken again. What is kept are some of the largest and some of the
    smallest, so the gradient is biased towards extremes.

    As in the paper few are kept at first, for speed, and more later, against overfitting to them.

    Source: "Learning More with Less: A Dynamic Dual-Level Down-Sampling Framework for Efficient Policy Optimization",
    arXiv:2509.22115. The shares of its schedule are ours. Its token level is `focus`.
    """

    kind: ClassVar[str] = "d3s"

    first: float = 0.25
    """Share of the valid samples kept at the start of training."""
    last: float = 0.75
    """The same at the end; in between in a straight line."""

    def __post_init__(self) -> None:
        for name, share in (("first", self.first), ("last", self.last)):
            if not 0.0 < share <= 1.0:
                raise ValueError(f"{name} must be in (0, 1], got {share}")

    def __call__(self, groups: ScoredGroups, estimate: Estimator, random: KeyedRandom) -> Chosen:
        """What is kept, with its advantages in whole groups."""
        advantages_PG = estimate(groups)
        copies_PG = torch.zeros(advantages_PG.shape, dtype=torch.int64)
        places = groups.valid_PG.flatten().nonzero().squeeze(1)
        share = (1.0 - groups.progress) * self.first + groups.progress * self.last
        kept = widest(advantages_PG.flatten()[places].double().tolist(), math.ceil(share * len(places)))
        copies_PG.view(-1)[places[kept]] = 1
        return Chosen(advantages_PG=advantages_PG, copies_PG=copies_PG)


def widest(values: Sequence[float], count: int) -> list[int]:
    """Positions of the `count` values of the greatest variance: the i smallest and the others largest, for the best i.

    No other subset of that size has a greater one: replacing a value by one further out, on the side of the subset's
    mean that it is on, never lowers the variance.

    >>> widest([1.5, 0.5, -0.5, -0.5, -1.0, 0.2], 3)
    [4, 2, 0]
    """
    order = sorted(range(len(values)), key=lambda place: values[place])
    if count >= len(order):
        return order
    centre = math.fsum(values) / len(values)
    shifted = [values[place] - centre for place in order]  # so that squares cancel little
    sums = [0.0, *accumulate(shifted)]
    squares = [0.0, *accumulate(value * value for value in shifted)]

    def spread(low: int) -> float:
        high = len(order) - (count - low)
        total = sums[low] + sums[-1] - sums[high]
        return squares[low] + squares[-1] - squares[high] - total * total / count

    low = max(range(count + 1), key=spread) if count else 0
    return order[:low] + order[len(order) - (count - low) :]
