"""Islands on a map: how many there are, and how large."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.grids.board import Board, show
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class IslandSizesConfig(FamilyConfig):
    """Which maps are read."""

    size: int = ramp(4, 14, low=3, high=30)
    """Height and width."""
    land_eighths: int = ramp(3, 4, low=1, high=6)
    """How many eighths of the cells are land."""


class IslandSizes(Question[IslandSizesConfig, int]):
    """Square maps; the key is the mask of the land."""

    id: ClassVar[str] = "palestra/IslandSizes-v1"
    Config: ClassVar[type[IslandSizesConfig]] = IslandSizesConfig
    floor = 0.15
    templates = (
        "{map}\n# is land. Land cells that touch up, down, left or right belong to one island. "
        "How large are the islands?",
        "Find the sizes, in cells, of all islands (#) of this map; cells that touch only at a corner "
        "are not connected.\n{map}",
        "{map}\nThe cells marked # form groups, joined by their sides (not by corners). How many cells has each group?",
    )
    answer_format = "The last line of your reply must be all the sizes, the largest first, separated by commas."
    verifier = IntegersAnswer()

    def draw(self, rng: KeyedRandom) -> int:
        """Random land."""
        return Board.square(self.config.size).draw_cells(self.config.land_eighths, rng)

    def canonical(self, key: int) -> str:
        """The map."""
        return f"{self.config.size} {key:x}"

    def build(self, key: int, rng: KeyedRandom) -> Content | None:
        """Measure the islands; None where there is one at most."""
        board = Board.square(self.config.size)
        sizes = sorted((piece.bit_count() for piece in board.pieces(key)), reverse=True)
        if len(sizes) < 2:
            return None
        return Content(
            slots={"map": show(board.rows({"#": key}))},
            reference=json.dumps(sizes),
            effort=key.bit_count(),
            meta={"size": self.config.size},
        )

    def oracle(self, task: Task) -> str:
        """The sizes."""
        return task.reference.strip("[]")

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A few falling sizes."""
        sizes = [rng.between(1, self.config.size) for _ in range(rng.between(2, self.config.size))]
        return ", ".join(map(str, sorted(sizes, reverse=True)))
