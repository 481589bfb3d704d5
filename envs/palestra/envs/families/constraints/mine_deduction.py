"""Minesweeper boards: which covered cells are certainly safe or mined, decided over all possible boards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.constraints.grid_question import GridPuzzle, GridQuestion, grid_text, oriented, rows_of
from palestra.envs.families.logic.truth_sets import every, exactly, where
from palestra.envs.family import Content
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_ALPHABET = (*"012345678", "S", "M", "?")
_SAFE, _MINE, _UNKNOWN = 9, 10, 11


@dataclass(frozen=True, kw_only=True, slots=True)
class MineDeductionConfig(FamilyConfig):
    """How large the boards are, and how much is covered."""

    size: int = ramp(3, 6, low=3, high=8)
    """Rows and columns."""
    covered: int = ramp(4, 13, low=2, high=14)
    """Cells that are covered."""
    mines: int = ramp(2, 5, low=1, high=12)
    """Covered cells with a mine, at most `covered`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MineDeductionKey:
    """A board: number of each open cell, or `_UNKNOWN`."""

    size: int
    cells: tuple[int, ...]


class MineDeduction(GridQuestion[MineDeductionConfig, MineDeductionKey]):
    """The key is the board as it is shown."""

    id: ClassVar[str] = "palestra/MineDeduction-v1"
    Config: ClassVar[type[MineDeductionConfig]] = MineDeductionConfig
    templates = (
        "A minesweeper board: a number counts the mines in the up to 8 cells around it, `?` is covered. How many mines "
        "there are in all is not known. Which covered cells are certainly safe, which certainly mines?\n{board}",
        "On this board, open cells tell how many of their neighbours (diagonals too) hold a mine; `?` cells are "
        "covered, and the total of mines is unknown. Find all cells that are proven safe or proven mined.\n{board}",
        "Numbers say how many of the adjacent cells, also diagonally, are mines. For each `?`, decide whether the "
        "numbers alone prove it safe, prove it a mine, or leave it open.\n{board}",
    )
    answer_format = (
        "End your reply with the board, one line for each row, separated by blanks, each `?` replaced by `S` if it "
        "must be safe or by `M` if it must be a mine, and kept if neither is certain."
    )

    def draw(self, rng: KeyedRandom) -> MineDeductionKey:
        """A board: a connected covered area with mines."""
        size, config = self.config.size, self.config
        around = _around(size)
        covered = [rng.below(size * size)]
        while len(covered) < min(config.covered, size * size - 1):
            edge = [near for cell in covered for near in around[cell] if near not in covered]
            covered.append(rng.choice(edge))
        mines = set(rng.sample(covered, min(config.mines, len(covered))))
        cells = [
            _UNKNOWN if cell in covered else sum(near in mines for near in around[cell]) for cell in range(size * size)
        ]
        return MineDeductionKey(size=size, cells=tuple(cells))

    def canonical(self, key: MineDeductionKey) -> str:
        """The board, in one of its eight positions."""
        return repr(oriented(key.cells))

    def build(self, key: MineDeductionKey, rng: KeyedRandom) -> Content | None:
        """Decide each covered cell; None where nothing is certain."""
        solution = deduced(key.cells, key.size)
        certain = sum(value in (_SAFE, _MINE) for value in solution)
        if not certain:
            return None
        return Content(
            slots={"board": grid_text(rows_of(key.cells, key.size), _ALPHABET)},
            reference=encode(GridPuzzle(solution=rows_of(solution, key.size), alphabet=_ALPHABET)),
            effort=key.cells.count(_UNKNOWN),
            meta={"size": key.size, "certain": certain},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A verdict by chance for each covered cell."""
        puzzle = decode(GridPuzzle, task.reference)
        rows = [[v if v < _SAFE else rng.between(_SAFE, _UNKNOWN) for v in row] for row in puzzle.solution]
        return grid_text(rows, puzzle.alphabet)


def deduced(cells: Sequence[int], size: int) -> tuple[int, ...]:
    """The board with what the numbers prove about each covered cell."""
    covered = [cell for cell, value in enumerate(cells) if value == _UNKNOWN]
    place = {cell: i for i, cell in enumerate(covered)}
    boards = every(len(covered))
    for cell, value in enumerate(cells):
        near = [place[other] for other in _around(size)[cell] if other in place]
        if value != _UNKNOWN and near:
            boards &= exactly(value, [where(i, len(covered)) for i in near], len(covered))
    solution = list(cells)
    for cell, i in place.items():
        mined = boards & where(i, len(covered))
        solution[cell] = _MINE if mined == boards else _UNKNOWN if mined else _SAFE
    return tuple(solution)


@cache
def _around(size: int) -> tuple[tuple[int, ...], ...]:
    """The neighbours of each cell, diagonals too."""
    return tuple(
        tuple(
            i * size + j
            for i in range(max(row - 1, 0), min(row + 2, size))
            for j in range(max(column - 1, 0), min(column + 2, size))
            if (i, j) != (row, column)
        )
        for row in range(size)
        for column in range(size)
    )
