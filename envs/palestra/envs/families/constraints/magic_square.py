"""Magic squares with any numbers: fill in what is missing. Any right completion is accepted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import FamilyConfig, geometric, ramp, stages
from palestra.envs.families.constraints.grid_question import (
    Grid,
    GridPuzzle,
    GridQuestion,
    GridVerifier,
    grid_text,
    oriented,
    rows_of,
)
from palestra.envs.family import Content
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

# Two orthogonal Latin squares with Latin diagonals; each sum of an entry of both occurs once.
_PAIRS: dict[int, tuple[tuple[int, ...], tuple[int, ...]]] = {
    4: ((0, 1, 2, 3, 2, 3, 0, 1, 3, 2, 1, 0, 1, 0, 3, 2), (0, 1, 2, 3, 3, 2, 1, 0, 1, 0, 3, 2, 2, 3, 0, 1)),
    5: (
        tuple((row + 2 * column) % 5 for row in range(5) for column in range(5)),
        tuple((row + 3 * column) % 5 for row in range(5) for column in range(5)),
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class MagicPuzzle(GridPuzzle):
    """A magic square with blanks."""

    shown: tuple[int, ...]
    """The cells row by row, 0 where one is empty."""
    total: int

    def fault(self, grid: Grid) -> str | None:
        """A changed or repeated number, or a wrong sum."""
        cells = [value for row in grid for value in row]
        for cell, (value, given) in enumerate(zip(cells, self.shown, strict=True)):
            if value < 1 or given not in (0, value):
                return f"row {cell // len(grid) + 1}, column {cell % len(grid) + 1} may not be {value}"
            if value in cells[:cell]:
                return f"{value} occurs twice"
        for name, line in _lines(grid):
            if sum(line) != self.total:
                return f"{name} adds up to {sum(line)}, wanted is {self.total}"
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class MagicSquareConfig(FamilyConfig):
    """How large the squares and numbers are, and how much is missing."""

    size: int = stages(3, 3, 4, 4, 5, choices=(3, 4, 5))
    """Rows and columns."""
    missing: int = ramp(2, 14, low=1, high=25)
    """Per square, cells that are empty; at most all but two."""
    spread: int = geometric(12, 60, low=10, high=1_000)
    """How far apart the numbers may lie."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MagicSquareKey:
    """A magic square, and its empty cells."""

    square: tuple[int, ...]
    missing: tuple[int, ...]

    def shown(self) -> tuple[int, ...]:
        """The cells, 0 where one is empty."""
        return tuple(0 if cell in self.missing else value for cell, value in enumerate(self.square))


class MagicSquare(GridQuestion[MagicSquareConfig, MagicSquareKey]):
    """The key is what is shown, and one way to complete it."""

    id: ClassVar[str] = "palestra/MagicSquare-v1"
    Config: ClassVar[type[MagicSquareConfig]] = MagicSquareConfig
    puzzle = MagicPuzzle
    verifier = GridVerifier(MagicPuzzle)
    templates = (
        "Replace the dots by whole numbers from 1 on, so that every row, every column and both diagonals add up to "
        "{total} and no number occurs twice.\n{square}",
        "Complete the magic square with sum {total}: rows, columns and the two diagonals all have this sum, and all "
        "entries are different positive whole numbers.\n{square}",
        "Each row, column and diagonal of this square has the sum {total}. Its entries are positive whole numbers, all "
        "different. Fill in the missing ones.\n{square}",
    )
    answer_format = "End your reply with the full square, one line for each row, numbers separated by blanks."

    def draw(self, rng: KeyedRandom) -> MagicSquareKey:
        """A magic square of different positive numbers, and its blanks."""
        size = self.config.size
        square = _square(size, self.config.spread, rng)
        while len(set(square)) < size * size or min(square) < 1:
            square = _square(size, self.config.spread, rng)
        missing = rng.sample(range(size * size), min(self.config.missing, size * size - 2))
        return MagicSquareKey(square=square, missing=tuple(sorted(missing)))

    def canonical(self, key: MagicSquareKey) -> str:
        """The square as it is shown, in one of its eight positions, and its sum."""
        return f"{oriented(key.shown())} {sum(key.square[: self.config.size])}"

    def build(self, key: MagicSquareKey, rng: KeyedRandom) -> Content:
        """Show the square."""
        size = round(len(key.square) ** 0.5)
        total = sum(key.square[:size])
        shown = rows_of([value or -1 for value in key.shown()], size)
        return Content(
            slots={"total": str(total), "square": grid_text(shown)},
            reference=encode(MagicPuzzle(solution=rows_of(key.square, size), shown=key.shown(), total=total)),
            effort=size * len(key.missing),
            meta={"size": size, "missing": len(key.missing)},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Any numbers in the blanks that are not yet used."""
        puzzle = decode(MagicPuzzle, task.reference)
        free = [number for number in range(1, 2 * max(puzzle.shown) + 2) if number not in puzzle.shown]
        rng.shuffle(free)
        filled = [value or free.pop() for value in puzzle.shown]
        return grid_text(rows_of(filled, len(puzzle.solution)))


def _square(size: int, spread: int, rng: KeyedRandom) -> tuple[int, ...]:
    """A square whose lines have one sum; its numbers may repeat or be too small."""
    if size == 3:
        a, b = rng.between(1, spread // 4), rng.between(-spread // 4, spread // 4)
        c = rng.between(abs(a) + abs(b) + 1, spread)
        return (c + a, c - a - b, c + b, c - a + b, c, c + a - b, c - b, c + a + b, c - a)
    left, right = _PAIRS[size]
    ones, others = (rng.sample(range(1, spread), size) for _ in range(2))
    return tuple(ones[i] + others[j] for i, j in zip(left, right, strict=True))


def _lines(grid: Grid) -> Iterator[tuple[str, tuple[int, ...]]]:
    for number, row in enumerate(grid):
        yield f"row {number + 1}", row
    for number, column in enumerate(zip(*grid, strict=True)):
        yield f"column {number + 1}", column
    yield "the falling diagonal", tuple(row[i] for i, row in enumerate(grid))
    yield "the rising diagonal", tuple(row[-1 - i] for i, row in enumerate(grid))
