"""Binairo: zeros and ones in balance, never three alike in a row."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.constraints.grid_question import GridPuzzle, GridQuestion, grid_text, rows_of
from palestra.envs.families.constraints.lines import LinePuzzle, pattern_of, rows_and_columns
from palestra.envs.family import Content
from palestra.envs.record import encode
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class BinairoConfig(FamilyConfig):
    """How large the squares are, and how much of them is shown."""

    size: int = stages(6, 6, 6, 8, 8, 10, choices=(4, 6, 8, 10))
    """Rows and columns."""
    shown: int = ramp(78, 0, low=0, high=90)
    """Per cent of the cells that are shown from the start."""


class Binairo(GridQuestion[BinairoConfig, tuple[str, ...]]):
    """The key is the upper half."""

    id: ClassVar[str] = "palestra/Binairo-v1"
    Config: ClassVar[type[BinairoConfig]] = BinairoConfig
    templates = (
        "Fill in 0s and 1s so that every row and every column has as many 0s as 1s, and never the same three times "
        "next to each other. Rows may be alike, and so may columns.\n{square}",
        "Complete this Binairo. Each row and column holds equally many 0s and 1s, and no three equal digits stand "
        "directly side by side or one below the other; whole rows or columns may repeat.\n{square}",
        "Replace the dots by 0 or 1. In each line, across and down, there are as many zeros as ones and at most two "
        "equal digits in succession. Equal rows or equal columns are allowed.\n{square}",
    )
    answer_format = "End your reply with the full square, one line for each row, digits separated by blanks."

    def draw(self, rng: KeyedRandom) -> tuple[str, ...]:
        """The upper rows."""
        lines = _lines(self.config.size)
        rows: list[int] = []
        while len(rows) < self.config.size // 2:
            line = rng.choice(lines)
            if len(rows) < 2 or not _three_alike(rows[-2], rows[-1], line, self.config.size):
                rows.append(line)
        return tuple(f"{row:0{self.config.size}b}"[::-1] for row in rows)

    def build(self, key: tuple[str, ...], rng: KeyedRandom) -> Content | None:
        """Add the other rows, and show cells until all others can be concluded."""
        size = self.config.size
        rows = _completed([int(row[::-1], 2) for row in key], size, rng)
        if rows is None:
            return None
        solution = [row >> i & 1 for row in rows for i in range(size)]
        puzzle = LinePuzzle(size * size, 2)
        for line in rows_and_columns(size):
            puzzle.add(line, _patterns(size), is_news=False)
        order = rng.sample(range(size * size), size * size)
        shown = order[: size * size * self.config.shown // 100]
        for cell in shown:
            puzzle.fix(cell, solution[cell])
        given = {*shown, *puzzle.reveal(solution, order)}
        square = rows_of([value if cell in given else -1 for cell, value in enumerate(solution)], size)
        return Content(
            slots={"square": grid_text(square)},
            reference=encode(GridPuzzle(solution=rows_of(solution, size))),
            effort=size * size - len(given),
            meta={"size": size},
        )


@cache
def _lines(size: int) -> tuple[int, ...]:
    """All lines in balance without three alike side by side; bit i is column i."""
    triples = range(size - 2)
    return tuple(
        line
        for line in range(1 << size)
        if 2 * line.bit_count() == size and not any(line >> i & 7 in (0, 7) for i in triples)
    )


@cache
def _patterns(size: int) -> tuple[int, ...]:
    return tuple(pattern_of([line >> i & 1 for i in range(size)], 2) for line in _lines(size))


def _three_alike(first: int, second: int, third: int, size: int) -> bool:
    """Whether a column holds the same in all three rows."""
    return bool(first & second & third or ~(first | second | third) & ((1 << size) - 1))


def _completed(rows: list[int], size: int, rng: KeyedRandom) -> list[int] | None:
    """All rows of a square that begins with these, by chance; None where there is none."""
    if len(rows) == size:
        return rows
    ones = [sum(row >> column & 1 for row in rows) for column in range(size)]
    if max(ones) > size // 2 or min(ones) < len(rows) - size // 2:
        return None
    above, upper = rows[-1], rows[-2]
    # Columns that must hold a 1 or a 0: two alike above, or all that is left of a kind.
    one = ~(above | upper) | sum(1 << i for i, count in enumerate(ones) if count == len(rows) - size // 2)
    zero = above & upper | sum(1 << i for i, count in enumerate(ones) if count == size // 2)
    one &= (1 << size) - 1
    fits = [line for line in _lines(size) if line & one == one and not line & zero]
    rng.shuffle(fits)
    for line in fits:
        if full := _completed([*rows, line], size, rng):
            return full
    return None
