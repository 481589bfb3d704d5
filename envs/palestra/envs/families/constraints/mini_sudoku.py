"""Small sudokus of four or six digits. Each puzzle has exactly one solution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.constraints.boxed_square import blank, givens, layout_of, place, solutions
from palestra.envs.families.constraints.grid_question import GridPuzzle, GridQuestion, grid_text, rows_of
from palestra.envs.family import Content
from palestra.envs.record import encode
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class MiniSudokuConfig(FamilyConfig):
    """How large the squares are, and how much is shown."""

    size: int = stages(4, 4, 6, 6, 6, choices=(4, 6))
    """Digits; 4 with boxes of 2 x 2, or 6 with boxes of 2 rows and 3 columns."""
    shown: int = ramp(70, 25, low=0, high=95)
    """Per cent of the cells that are shown at least."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MiniSudokuKey:
    """A solution, and of small ones the cells of it that are shown."""

    solution: tuple[int, ...]
    given: tuple[int, ...]

    def shown(self) -> list[int]:
        """The digits from 0, -1 where a cell is empty; none where it is not yet decided what is shown."""
        return [digit if cell in self.given else -1 for cell, digit in enumerate(self.solution) if self.given]


class MiniSudoku(GridQuestion[MiniSudokuConfig, MiniSudokuKey]):
    """The key is the puzzle where there are too few solutions to tell puzzles apart by them, else the solution."""

    id: ClassVar[str] = "palestra/MiniSudoku-v1"
    Config: ClassVar[type[MiniSudokuConfig]] = MiniSudokuConfig
    templates = (
        "Fill in the dots so that every row, every column and every box of {box} has the digits 1 to {size}.\n{square}",
        "Complete this small sudoku with the digits 1 to {size}. Its boxes have {box}.\n{square}",
        "Each row, each column and each box ({box}) holds 1 to {size} once. What replaces the dots?\n{square}",
    )
    answer_format = "End your reply with all rows, one line each, digits separated by blanks."

    def draw(self, rng: KeyedRandom) -> MiniSudokuKey:
        """A solution, and what must be shown of it."""
        size = self.config.size
        layout = layout_of(2, size // 2)
        start = blank(layout)
        for cell, digit in zip(layout.units[0], rng.sample(range(size), size), strict=True):
            place(layout, start, cell, 1 << digit)
        solution = tuple(bit.bit_length() - 1 for bit in next(solutions(layout, start, rng)))
        return MiniSudokuKey(solution=solution, given=self._given(solution, rng) if size == 4 else ())

    def canonical(self, key: MiniSudokuKey) -> str:
        """What the key has, with the digits renamed in the order in which they appear."""
        names: dict[int, int] = {-1: 0}
        return " ".join(str(names.setdefault(digit, len(names))) for digit in key.shown() or key.solution)

    def build(self, key: MiniSudokuKey, rng: KeyedRandom) -> Content:
        """Show the square."""
        size = self.config.size
        given = key.given or self._given(key.solution, rng)
        square = [digit + 1 if cell in given else -1 for cell, digit in enumerate(key.solution)]
        return Content(
            slots={"square": grid_text(rows_of(square, size)), "size": str(size), "box": f"2 x {size // 2} cells"},
            reference=encode(GridPuzzle(solution=rows_of([digit + 1 for digit in key.solution], size))),
            effort=size * size - len(given),
            meta={"size": size},
        )

    def _given(self, solution: tuple[int, ...], rng: KeyedRandom) -> tuple[int, ...]:
        """The cells that are shown: as many as are wanted, and more where the others cannot be concluded."""
        size = self.config.size
        order = rng.sample(range(size * size), size * size)
        given = givens(layout_of(2, size // 2), solution, order, size * size * self.config.shown // 100)
        return tuple(sorted(given))
