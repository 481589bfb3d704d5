"""How many rectangles of cells consist of one character only."""

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


@dataclass(frozen=True, kw_only=True, slots=True)
class RectangleCountConfig(FamilyConfig):
    """Which pictures are looked at."""

    height: int = ramp(3, 9, low=2, high=20)
    """How many rows there are."""
    width: int = ramp(4, 9, low=2, high=20)
    """How many columns there are."""
    filled_eighths: int = ramp(5, 6, low=1, high=7)
    """How many eighths of the cells are filled."""


class RectangleCount(Question[RectangleCountConfig, int]):
    """Random pictures; the key is the mask of the filled cells."""

    id: ClassVar[str] = "palestra/RectangleCount-v1"
    Config: ClassVar[type[RectangleCountConfig]] = RectangleCountConfig
    floor = 0.15
    templates = (
        "{grid}\nHow many rectangles of cells consist of # only? Count every size and position: "
        "single cells, rows, columns, squares and larger ones.",
        "Count all axis-parallel rectangles, from 1 by 1 upwards, overlapping ones included, "
        "that hold nothing but # in this grid.\n{grid}",
        "{grid}\nIn how many ways can one choose neighbouring rows and neighbouring columns (one or more of each) "
        "so that every cell where they cross is a #?",
    )
    answer_format = "The last line of your reply must be the number alone."
    verifier = IntegersAnswer()

    def draw(self, rng: KeyedRandom) -> int:
        """Random filled cells."""
        return self._board().draw_cells(self.config.filled_eighths, rng)

    def canonical(self, key: int) -> str:
        """The picture."""
        return f"{self.config.height} {self.config.width} {key:x}"

    def build(self, key: int, rng: KeyedRandom) -> Content | None:
        """Count; None where there is nothing to count."""
        rows = self._board().rows({"#": key})
        count = count_rectangles(rows)
        if count == 0:
            return None
        return Content(
            slots={"grid": show(rows)},
            reference=f"[{count}]",
            effort=count,
            meta={"height": self.config.height, "width": self.config.width},
        )

    def oracle(self, task: Task) -> str:
        """The count."""
        return task.reference.strip("[]")

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A number of the size of a few times the cells."""
        return str(rng.between(1, 4 * self.config.height * self.config.width))

    def _board(self) -> Board:
        return Board(height=self.config.height, width=self.config.width)


def count_rectangles(rows: Sequence[str]) -> int:
    """How many rectangles hold nothing but `#`: for each top and bottom row, the runs of columns filled in between."""
    masks = [sum(1 << i for i, cell in enumerate(row) if cell == "#") for row in rows]
    count = 0
    for top in range(len(masks)):
        filled = masks[top]
        for mask in masks[top:]:
            filled &= mask
            runs = filled
            while runs:
                count += runs.bit_count()
                runs &= runs >> 1
    return count
