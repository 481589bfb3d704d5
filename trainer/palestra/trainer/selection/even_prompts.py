"""Every task counts alike, however many samples it got."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from palestra.trainer.advantages import Estimator, ScoredGroups
from palestra.trainer.selection.chosen import Chosen
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class EvenPrompts:
    """Every valid sample once, its advantage times the mean size of groups by that of its own.

    So a budget that spends more on a task estimates its gradient better and does not make it count more.

    Source: the weights 1/n of arXiv:2505.02391, up to the factor that keeps the mean weight of a group.
    """

    kind: ClassVar[str] = "even-prompts"

    def __call__(self, groups: ScoredGroups, estimate: Estimator, random: KeyedRandom) -> Chosen:
        """All samples, with weighted advantages."""
        sizes_P1 = groups.valid_PG.sum(dim=1, keepdim=True).double()
        mean = sizes_P1.sum() / (sizes_P1 > 0).sum().clamp(min=1)

        def estimate_weighted(seen: ScoredGroups) -> Tensor:
            advantages_PG = estimate(seen)
            return (advantages_PG.double() * mean / sizes_P1.clamp(min=1.0)).to(advantages_PG.dtype)

        return Chosen(
            advantages_PG=estimate_weighted(groups), copies_PG=groups.valid_PG.long(), estimate=estimate_weighted
        )
