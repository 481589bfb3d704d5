"""No selection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.trainer.advantages import Estimator, ScoredGroups
from palestra.trainer.selection.chosen import Chosen
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class KeepAll:
    """Every sample with a valid verdict, once."""

    kind: ClassVar[str] = "all"

    def __call__(self, groups: ScoredGroups, estimate: Estimator, random: KeyedRandom) -> Chosen:
        """Advantages of all samples.

        Args:
            groups: The step's samples.
            estimate: Gives advantages to groups, whole or in part.
            random: Draws what is left to chance; the same step draws the same.
        """
        return Chosen(advantages_PG=estimate(groups), copies_PG=groups.valid_PG.long())
