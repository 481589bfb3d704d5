"""The same credit for every turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from palestra.trainer.advantages import Estimator
from palestra.trainer.rewards import ScoredRollout


@dataclass(frozen=True, kw_only=True, slots=True)
class WholeResponse:
    """All tokens of a rollout have its advantage: right where one verdict judges all of it."""

    kind: ClassVar[str] = "whole"

    def __call__(
        self, groups: Sequence[Sequence[ScoredRollout]], advantages_PG: Tensor, estimate: Estimator
    ) -> list[list[tuple[float, ...]]]:
        """Advantages by group, rollout and turn.

        Args:
            groups: The step's rollouts; a group may have fewer than G.
            advantages_PG: One for each rollout.
            estimate: Gives advantages to groups of other rewards, e.g. to what was earned from a turn on.

        Returns:
            For each rollout one advantage for each of its turns, or a single one that holds for all tokens.
        """
        return [
            [(advantages[position],) for position, _ in enumerate(group)]
            for group, advantages in zip(groups, advantages_PG.tolist(), strict=True)
        ]
