"""RED-Drop: as many bad samples as good ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from palestra.trainer.advantages import Estimator, ScoredGroups
from palestra.trainer.selection.chosen import Chosen
from palestra.trainer.selection.sides import sides_of
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class RedDrop:
    """Drop random samples below the mean of their group until they are no more than those above it.

    Advantages are taken over what is left.

    Source: "Group-Relative REINFORCE Is Secretly an Off-Policy Algorithm", arXiv:2509.24203, and its code
    in Trinity-RFT (balance).
    """

    kind: ClassVar[str] = "red-drop"

    def __call__(self, groups: ScoredGroups, estimate: Estimator, random: KeyedRandom) -> Chosen:
        """What is left, with its advantages."""
        kept_PG = groups.valid_PG
        for row, sides in enumerate(sides_of(groups)):
            surplus = len(sides.below) - len(sides.above)
            if surplus > 0:
                kept_PG[row, random.sample(sides.below, surplus)] = False

        def estimate_kept(seen: ScoredGroups) -> Tensor:
            return estimate(seen.only(kept_PG))

        return Chosen(advantages_PG=estimate_kept(groups), copies_PG=kept_PG.long(), estimate=estimate_kept)
