"""Bounding boxes: the smallest rectangle that holds all cells of one letter."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.grids.board import MOVES, show
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_LETTERS = "ABCDEFGH"


@dataclass(frozen=True, kw_only=True, slots=True)
class ShapeBoundingBoxConfig(FamilyConfig):
    """Which pictures are measured."""

    size: int = ramp(5, 20, low=3, high=40)
    """Height and width."""
    num_shapes: int = ramp(1, 6, low=1, high=8)
    """How many shapes there are; later ones cover earlier ones."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShapeBoundingBoxKey:
    """A picture, and the letter that is asked for."""

    rows: tuple[str, ...]
    letter: str


class ShapeBoundingBox(Question[ShapeBoundingBoxConfig, ShapeBoundingBoxKey]):
    """Pictures of shapes that random walks have drawn."""

    id: ClassVar[str] = "palestra/ShapeBoundingBox-v1"
    Config: ClassVar[type[ShapeBoundingBoxConfig]] = ShapeBoundingBoxConfig
    floor = 0.05
    templates = (
        "{grid}\nWhat is the bounding box of the letter {letter}?",
        "Find the smallest rectangle that holds every {letter} of this grid.\n{grid}",
        "{grid}\nBetween which rows and which columns do all cells with {letter} lie? Take the tightest bounds.",
    )
    answer_format = (
        "Rows and columns are counted from 1, from the top and from the left. The last line of your reply must be "
        "four numbers, separated by commas: top row, left column, bottom row, right column."
    )
    verifier = IntegersAnswer()

    def draw(self, rng: KeyedRandom) -> ShapeBoundingBoxKey:
        """Walk at random, once for each letter."""
        size, letters = self.config.size, _LETTERS[: self.config.num_shapes]
        grid = [["."] * size for _ in range(size)]
        for letter in letters:
            row, column = divmod(rng.below(size * size), size)
            for _ in range(size):
                grid[row][column] = letter
                down, right = rng.choice(tuple(MOVES.values()))
                row, column = min(max(row + down, 0), size - 1), min(max(column + right, 0), size - 1)
        return ShapeBoundingBoxKey(rows=tuple("".join(row) for row in grid), letter=rng.choice(letters))

    def build(self, key: ShapeBoundingBoxKey, rng: KeyedRandom) -> Content | None:
        """Measure; None where one cell is left of the letter, or none."""
        rows = [i for i, row in enumerate(key.rows, 1) if key.letter in row]
        columns = [i for i, column in enumerate(zip(*key.rows, strict=True), 1) if key.letter in column]
        if len(rows) + len(columns) < 3:
            return None
        return Content(
            slots={"grid": show(key.rows), "letter": key.letter},
            reference=json.dumps([rows[0], columns[0], rows[-1], columns[-1]]),
            effort=self.config.size**2,
            meta={"size": self.config.size, "num_shapes": self.config.num_shapes},
        )

    def oracle(self, task: Task) -> str:
        """The bounds."""
        return task.reference.strip("[]")

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Random bounds in order."""
        rows, columns = (sorted(rng.between(1, self.config.size) for _ in range(2)) for _ in range(2))
        return f"{rows[0]}, {columns[0]}, {rows[1]}, {columns[1]}"
