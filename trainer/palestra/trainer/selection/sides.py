"""The samples of a group on either side of its mean reward."""

from __future__ import annotations

from dataclasses import dataclass

from palestra.trainer.advantages import ScoredGroups
from palestra.trainer.advantages.groups import GroupStatistics


@dataclass(frozen=True, kw_only=True, slots=True)
class Sides:
    """Positions of the valid samples of a group."""

    above: list[int]
    """Better than the mean."""
    below: list[int]
    """Worse."""
    even: list[int]
    """As good as the mean: all of a group that says nothing."""


def sides_of(groups: ScoredGroups) -> list[Sides]:
    """The sides of each group."""
    centred = GroupStatistics.of(groups.rewards_PG).centred_PG.tolist()
    found = []
    for row, valid in zip(centred, groups.valid_PG.tolist(), strict=True):
        places = [place for place, is_valid in enumerate(valid) if is_valid]
        found.append(
            Sides(
                above=[place for place in places if row[place] > 0.0],
                below=[place for place in places if row[place] < 0.0],
                even=[place for place in places if row[place] == 0.0],
            )
        )
    return found
