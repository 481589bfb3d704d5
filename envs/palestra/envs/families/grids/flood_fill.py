"""Flood fill: a region of one letter is painted over, as in a painting program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RowsAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.grids.board import Board, show
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_COLORS = "ABCD"
_LEAST_REGION = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class FloodFillConfig(FamilyConfig):
    """Which pictures are painted."""

    height: int = ramp(3, 12, low=2, high=30)
    """How many rows there are."""
    width: int = ramp(4, 12, low=2, high=30)
    """How many columns there are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FloodFillKey:
    """Masks of the cells of each color (A first), and of the cell where the paint is poured."""

    colors: tuple[int, ...]
    start: int


class FloodFill(Question[FloodFillConfig, FloodFillKey]):
    """Pictures half of which have one color."""

    id: ClassVar[str] = "palestra/FloodFill-v1"
    Config: ClassVar[type[FloodFillConfig]] = FloodFillConfig
    templates = (
        "{grid}\nPour paint X on row {row}, column {column}: it covers that cell and all cells that are connected "
        "with it through cells of the same letter, up, down, left and right. What does the grid look like then?",
        "Flood-fill this grid with X from row {row}, column {column} (connected by sides, not by corners).\n{grid}",
        "{grid}\nThe cell in row {row}, column {column} and every cell that can be reached from it by steps up, down, "
        "left and right over equal letters become X. Write the new grid.",
    )
    answer_format = (
        "Rows and columns are counted from 1, from the top and from the left. "
        "Reply with the grid alone, or put it at the end between ``` and ```."
    )
    verifier = RowsAnswer()

    def draw(self, rng: KeyedRandom) -> FloodFillKey:
        """Random colors, half of them A, and a cell of A if one is met soon."""
        board = self._board()
        first, second, third = (board.draw_cells(4, rng) for _ in range(3))
        colors = (first, ~first & second, ~first & ~second & third, ~first & ~second & ~third)
        start = next((cell for cell in (board.draw_cell(rng) for _ in range(4)) if cell & first), board.bit(0, 0))
        return FloodFillKey(colors=tuple(color & board.everything for color in colors), start=start)

    def canonical(self, key: FloodFillKey) -> str:
        """The picture and the cell."""
        return f"{self.config.height} {self.config.width} {key.colors} {key.start}"

    def build(self, key: FloodFillKey, rng: KeyedRandom) -> Content | None:
        """Paint; None where there is little to paint."""
        board = self._board()
        color = next(color for color in key.colors if color & key.start)
        region = sum(board.layers(key.start, color))
        if region.bit_count() < _LEAST_REGION:
            return None
        marks = dict(zip(_COLORS, key.colors, strict=True))
        row, column = board.place(key.start)
        return Content(
            slots={"grid": show(board.rows(marks)), "row": str(row + 1), "column": str(column + 1)},
            reference=show(board.rows({**marks, "X": region})),
            effort=board.height * board.width + region.bit_count(),
            meta={"height": board.height, "width": board.width},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Random letters."""
        rows = (" ".join(rng.choice("ABCDX") for _ in range(self.config.width)) for _ in range(self.config.height))
        return "\n".join(rows)

    def _board(self) -> Board:
        return Board(height=self.config.height, width=self.config.width)
