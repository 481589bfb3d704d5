"""Nonograms: a picture told by the lengths of its runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby, product
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.constraints.grid_question import GridPuzzle, GridQuestion, grid_text, oriented, rows_of
from palestra.envs.families.constraints.lines import LinePuzzle, pattern_of, rows_and_columns
from palestra.envs.family import Content
from palestra.envs.record import encode
from palestra.verifiers.keyed_random import KeyedRandom

_ALPHABET = (".", "#")
_FILLED_PERCENT = 58


@dataclass(frozen=True, kw_only=True, slots=True)
class NonogramConfig(FamilyConfig):
    """How large the pictures are."""

    size: int = ramp(3, 10, low=3, high=12)
    """Rows and columns."""


class Nonogram(GridQuestion[NonogramConfig, tuple[int, ...]]):
    """The key is the picture; some cells are shown where the runs leave it open."""

    id: ClassVar[str] = "palestra/Nonogram-v1"
    Config: ClassVar[type[NonogramConfig]] = NonogramConfig
    templates = (
        "Find the picture of {size} x {size} cells. For each row (from the left) and each column (from the top) the "
        "lengths of its runs of filled cells are told, 0 for none.\nRows: {rows}\nColumns: {columns}{shown}",
        "Solve this nonogram of {size} rows and {size} columns. Numbers are the lengths of the runs of filled cells, "
        "in order, with at least one empty cell between runs; 0 is a line without filled cells.\n"
        "Rows: {rows}\nColumns: {columns}{shown}",
        "A square picture has {size} x {size} cells, each filled or empty. These are the lengths of its blocks of "
        "filled cells, line by line (0: none).\nRows, each read from the left: {rows}\n"
        "Columns, each read from the top: {columns}{shown}\nWhat is the picture?",
    )
    answer_format = (
        "End your reply with the picture, one line for each row: `#` for filled, `.` for empty, separated by blanks."
    )

    def draw(self, rng: KeyedRandom) -> tuple[int, ...]:
        """A picture: each cell by chance."""
        word, cells = 0, self.config.size**2
        for _ in range(0, cells, 9):
            word = word << 63 | rng.word() >> 1
        return tuple(int((word >> 7 * i & 127) * 100 < _FILLED_PERCENT * 128) for i in range(cells))

    def canonical(self, key: tuple[int, ...]) -> str:
        """The picture, in one of its eight positions."""
        return repr(oriented(key))

    def build(self, key: tuple[int, ...], rng: KeyedRandom) -> Content:
        """Tell the runs, and the cells that cannot be concluded line by line."""
        size = self.config.size
        puzzle = LinePuzzle(size * size, 2)
        clues = []
        for line in rows_and_columns(size):
            clues.append(runs([key[cell] for cell in line]))
            puzzle.add(line, _patterns(size)[clues[-1]])
        given = set(puzzle.reveal(key, rng.sample(range(size * size), size * size)))
        shown = grid_text(rows_of([v if i in given else -1 for i, v in enumerate(key)], size), _ALPHABET, "?")
        texts = [" ".join(map(str, clue or (0,))) for clue in clues]
        return Content(
            slots={
                "size": str(size),
                "rows": ", ".join(texts[:size]),
                "columns": ", ".join(texts[size:]),
                "shown": f"\nSome cells are known (`#` filled, `.` empty, `?` unknown):\n{shown}" if given else "",
            },
            reference=encode(GridPuzzle(solution=rows_of(key, size), alphabet=_ALPHABET)),
            effort=size * size,
            meta={"size": size},
        )


def runs(values: Sequence[int]) -> tuple[int, ...]:
    """The lengths of the runs of ones."""
    return tuple(len(list(run)) for value, run in groupby(values) if value)


@cache
def _patterns(size: int) -> dict[tuple[int, ...], list[int]]:
    patterns: dict[tuple[int, ...], list[int]] = {}
    for values in product((0, 1), repeat=size):
        patterns.setdefault(runs(values), []).append(pattern_of(values, 2))
    return patterns
