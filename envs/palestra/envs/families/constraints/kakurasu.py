"""Kakurasu: shade cells so that the positions of each row and column add up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.constraints.grid_question import GridPuzzle, GridQuestion, grid_text, rows_of
from palestra.envs.families.constraints.lines import LinePuzzle, pattern_of, rows_and_columns
from palestra.envs.family import Content
from palestra.envs.record import encode
from palestra.verifiers.keyed_random import KeyedRandom

_ALPHABET = (".", "#")


@dataclass(frozen=True, kw_only=True, slots=True)
class KakurasuConfig(FamilyConfig):
    """How large the squares are."""

    size: int = ramp(3, 8, low=3, high=10)
    """Rows and columns."""


class Kakurasu(GridQuestion[KakurasuConfig, tuple[int, ...]]):
    """The key is the shading; some cells are told where the sums leave it open."""

    id: ClassVar[str] = "palestra/Kakurasu-v1"
    Config: ClassVar[type[KakurasuConfig]] = KakurasuConfig
    templates = (
        "Shade cells of a {size} x {size} square. A shaded cell counts its column number (from 1) for its row, and "
        "its row number (from 1) for its column.\nRow sums: {rows}\nColumn sums: {columns}{shown}",
        "In a square of {size} rows and columns, the column numbers (1 to {size}) of the shaded cells of each row add "
        "up to its row sum, and the row numbers of the shaded cells of each column to its column sum. Find the shaded "
        "cells.\nRow sums: {rows}\nColumn sums: {columns}{shown}",
        "Solve this Kakurasu of size {size}: shaded cells are worth their column number in their row and their row "
        "number in their column, counted from 1.\nSums of the rows: {rows}\nSums of the columns: {columns}{shown}",
    )
    answer_format = (
        "End your reply with the square, one line for each row: `#` for shaded, `.` for empty, separated by blanks."
    )

    def draw(self, rng: KeyedRandom) -> tuple[int, ...]:
        """A shading: each cell by the toss of a coin."""
        word = 0
        cells = self.config.size**2
        for _ in range(0, cells, 64):
            word = word << 64 | rng.word()
        return tuple(word >> i & 1 for i in range(cells))

    def canonical(self, key: tuple[int, ...]) -> str:
        """The shading, or its mirror image at the falling diagonal: nothing else keeps the sums."""
        rows = rows_of(key, self.config.size)
        return repr(min(rows, tuple(zip(*rows, strict=True))))

    def build(self, key: tuple[int, ...], rng: KeyedRandom) -> Content:
        """Tell the sums, and the cells that cannot be concluded from them."""
        size = self.config.size
        puzzle = LinePuzzle(size * size, 2)
        sums = []
        for line in rows_and_columns(size):
            sums.append(sum(i + 1 for i, cell in enumerate(line) if key[cell]))
            puzzle.add(line, _patterns(size)[sums[-1]])
        given = set(puzzle.reveal(key, rng.sample(range(size * size), size * size)))
        shown = grid_text(rows_of([v if i in given else -1 for i, v in enumerate(key)], size), _ALPHABET, "?")
        return Content(
            slots={
                "size": str(size),
                "rows": " ".join(map(str, sums[:size])),
                "columns": " ".join(map(str, sums[size:])),
                "shown": f"\nSome cells are known (`#` shaded, `.` empty, `?` unknown):\n{shown}" if given else "",
            },
            reference=encode(GridPuzzle(solution=rows_of(key, size), alphabet=_ALPHABET)),
            effort=size * size,
            meta={"size": size},
        )


@cache
def _patterns(size: int) -> dict[int, list[int]]:
    patterns: dict[int, list[int]] = {}
    for values in product((0, 1), repeat=size):
        weight = sum(i + 1 for i, value in enumerate(values) if value)
        patterns.setdefault(weight, []).append(pattern_of(values, 2))
    return patterns
