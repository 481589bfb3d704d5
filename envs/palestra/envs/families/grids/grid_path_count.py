"""How many shortest ways lead from one corner of a grid to the other, past obstacles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.grids.board import Board, show
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_FEWEST = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class GridPathCountConfig(FamilyConfig):
    """Which grids are crossed."""

    size: int = ramp(5, 10, low=3, high=20)
    """Height and width."""
    blocked_eighths: int = ramp(1, 1, low=1, high=2)
    """How many eighths of the cells are blocked."""


class GridPathCount(Question[GridPathCountConfig, int]):
    """Square grids; the key is the mask of the blocked cells."""

    id: ClassVar[str] = "palestra/GridPathCount-v1"
    Config: ClassVar[type[GridPathCountConfig]] = GridPathCountConfig
    floor = 0.15
    templates = (
        "{grid}\nHow many ways lead from the top left to the bottom right cell, if each step goes right or down "
        "and never onto a #?",
        "A robot starts in the top left cell and moves only right or down, to the bottom right cell. "
        "Cells with # are blocked.\n{grid}\nHow many different paths are there?",
        "Count the paths from the first cell of the first row to the last cell of the last row that step down or "
        "to the right only, and avoid every #.\n{grid}",
    )
    answer_format = "The last line of your reply must be the number alone."
    verifier = IntegersAnswer()

    def draw(self, rng: KeyedRandom) -> int:
        """Random blocked cells, not at the ends."""
        board = Board.square(self.config.size)
        last = self.config.size - 1
        return board.draw_cells(self.config.blocked_eighths, rng) & ~(board.bit(0, 0) | board.bit(last, last))

    def canonical(self, key: int) -> str:
        """The grid, or its mirror image in which rows are columns: both have the same paths."""
        size, stride = self.config.size, self.config.size + 1
        mirrored = sum(1 << c * stride + r for r in range(size) for c in range(size) if key >> r * stride + c & 1)
        return f"{size} {min(key, mirrored):x}"

    def build(self, key: int, rng: KeyedRandom) -> Content | None:
        """Count the paths; None where there are hardly any."""
        rows = Board.square(self.config.size).rows({"#": key})
        count = count_paths(rows)
        if count < _FEWEST or not key:
            return None
        return Content(
            slots={"grid": show(rows)},
            reference=f"[{count}]",
            effort=self.config.size**2,
            meta={"size": self.config.size},
        )

    def oracle(self, task: Task) -> str:
        """The count."""
        return task.reference.strip("[]")

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A number between 2 and a thousand."""
        return str(rng.between(2, 10 ** rng.between(1, 3)))


def count_paths(rows: Sequence[str]) -> int:
    """How many paths go right and down from the first cell to the last one."""
    ways = [1] + [0] * (len(rows[0]) - 1)
    for row in rows:
        left = 0
        for i, cell in enumerate(row):
            left = ways[i] = 0 if cell == "#" else ways[i] + left
    return ways[-1]
