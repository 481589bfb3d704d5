"""Sudoku: nine digits in every row, column and box. Each puzzle has exactly one solution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.constraints.boxed_square import (
    givens,
    layout_of,
    solutions,
    with_digits,
    without_needless,
)
from palestra.envs.families.constraints.grid_question import GridPuzzle, GridQuestion, grid_text, rows_of
from palestra.envs.family import Content
from palestra.envs.record import encode
from palestra.verifiers.keyed_random import KeyedRandom

_LAYOUT = layout_of(3, 3)
_DIAGONAL = _LAYOUT.units[18::4]
_MAX_REMOVALS = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class SudokuConfig(FamilyConfig):
    """How much is shown."""

    blanks: int = ramp(5, 54, low=1, high=56)
    """Empty cells that are wanted; there are fewer where the solution would not be the only one."""


class Sudoku(GridQuestion[SudokuConfig, tuple[tuple[int, ...], ...]]):
    """The key is the three boxes on the diagonal, which see nothing of each other."""

    id: ClassVar[str] = "palestra/Sudoku-v1"
    Config: ClassVar[type[SudokuConfig]] = SudokuConfig
    templates = (
        "Fill in the dots of this sudoku:\n{square}",
        "Complete the square so that every row, every column and every 3 x 3 box holds the digits 1 to 9.\n{square}",
        "Solve the sudoku; `.` is an empty cell, and the solution is the only one.\n{square}",
        "Each row, column and 3 x 3 box needs all digits from 1 to 9. What belongs into the empty cells?\n{square}",
    )
    answer_format = "End your reply with the 9 full rows, one line each, digits separated by blanks."

    def draw(self, rng: KeyedRandom) -> tuple[tuple[int, ...], ...]:
        """Three boxes."""
        return tuple(tuple(rng.sample(range(9), 9)) for _ in range(3))

    def canonical(self, key: tuple[tuple[int, ...], ...]) -> str:
        """The boxes with the digits renamed so that the first box counts from 1 to 9."""
        return " ".join("".join(str(key[0].index(digit)) for digit in box) for box in key[1:])

    def build(self, key: tuple[tuple[int, ...], ...], rng: KeyedRandom) -> Content:
        """Complete the square and empty some of it."""
        corner = [pair for cells, box in zip(_DIAGONAL, key, strict=True) for pair in zip(cells, box, strict=True)]
        full = next(solutions(_LAYOUT, with_digits(_LAYOUT, corner), rng))
        solution = [bit.bit_length() - 1 for bit in full]
        order = rng.sample(range(81), 81)
        wanted = 81 - self.config.blanks
        given = givens(_LAYOUT, solution, order, min(wanted, max(wanted - 4, 22)))
        tries = [cell for cell in reversed(order) if cell in given][:_MAX_REMOVALS]
        given = without_needless(_LAYOUT, solution, given, tries, wanted)
        square = rows_of([digit + 1 if cell in given else -1 for cell, digit in enumerate(solution)], 9)
        return Content(
            slots={"square": grid_text(square)},
            reference=encode(GridPuzzle(solution=rows_of([digit + 1 for digit in solution], 9))),
            effort=81 - len(given),
            meta={"givens": len(given)},
        )
