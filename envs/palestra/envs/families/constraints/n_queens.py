"""N queens: complete a placement in which no queen attacks another. Any completion is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.constraints.grid_question import (
    Grid,
    GridPuzzle,
    GridQuestion,
    GridVerifier,
    grid_text,
    oriented,
)
from palestra.envs.family import Content
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_ALPHABET = (".", "Q")


@dataclass(frozen=True, kw_only=True, slots=True)
class QueensPuzzle(GridPuzzle):
    """A board with some queens."""

    placed: tuple[int, ...]
    """For each row the column of its queen; -1 where the row is open."""

    def fault(self, grid: Grid) -> str | None:
        """A queen that is missing or attacked."""
        columns = []
        for row, cells in enumerate(grid):
            if sum(cells) != 1:
                return f"row {row + 1} has {sum(cells)} queens, it needs 1"
            columns.append(cells.index(1))
            if self.placed[row] not in (-1, columns[row]):
                return f"the queen of row {row + 1} was moved from column {self.placed[row] + 1}"
        for kind, lines in (
            ("column", columns),
            ("diagonal", [row + column for row, column in enumerate(columns)]),
            ("diagonal", [row - column for row, column in enumerate(columns)]),
        ):
            for row, line in enumerate(lines):
                if line in lines[:row]:
                    return f"the queens of rows {lines.index(line) + 1} and {row + 1} share a {kind}"
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class NQueensConfig(FamilyConfig):
    """How large the boards are, and how many queens are missing."""

    size: int = ramp(8, 12, low=5, high=16)
    """Rows and columns."""
    missing: int = ramp(3, 9, low=1, high=16)
    """Queens that are to be placed, at most `size`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NQueensKey:
    """A full board, and what of it is shown."""

    solution: tuple[int, ...]
    placed: tuple[int, ...]


class NQueens(GridQuestion[NQueensConfig, NQueensKey]):
    """The key is the board as it is shown, and one way to complete it."""

    id: ClassVar[str] = "palestra/NQueens-v1"
    Config: ClassVar[type[NQueensConfig]] = NQueensConfig
    puzzle = QueensPuzzle
    verifier = GridVerifier(QueensPuzzle)
    templates = (
        "Add queens (Q) to this {size} x {size} board until there are {size}, none of which attacks another along a "
        "row, column or diagonal. Leave the given ones where they are.\n{board}",
        "Complete the board: {size} queens in all, one in each row, so that no two share a row, a column or a "
        "diagonal. Given queens stay.\n{board}",
        "No queen may attack another one (rows, columns, diagonals). Place the missing ones of {size} queens, keeping "
        "those on the board.\n{board}",
    )
    answer_format = "End your reply with the full board, one line for each row, `Q` and `.` separated by blanks."

    def draw(self, rng: KeyedRandom) -> NQueensKey:
        """A full board by a random search, and its queens to be removed."""
        size = self.config.size
        solution: list[int] = []
        while not _complete(solution, size, 0, 0, 0, rng):
            solution.clear()
        missing = rng.sample(range(size), min(self.config.missing, size))
        placed = tuple(-1 if row in missing else column for row, column in enumerate(solution))
        return NQueensKey(solution=tuple(solution), placed=placed)

    def canonical(self, key: NQueensKey) -> str:
        """The board as it is shown, in one of its eight positions."""
        return repr(oriented([cell for row in _board(key.placed) for cell in row]))

    def build(self, key: NQueensKey, rng: KeyedRandom) -> Content:
        """Show the board."""
        size = len(key.placed)
        return Content(
            slots={"size": str(size), "board": grid_text(_board(key.placed), _ALPHABET)},
            reference=encode(QueensPuzzle(solution=_board(key.solution), alphabet=_ALPHABET, placed=key.placed)),
            effort=size * key.placed.count(-1),
            meta={"size": size, "missing": key.placed.count(-1)},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """The missing queens in free columns by chance."""
        placed = list(decode(QueensPuzzle, task.reference).placed)
        free = [column for column in range(len(placed)) if column not in placed]
        rng.shuffle(free)
        return grid_text(_board([column if column >= 0 else free.pop() for column in placed]), _ALPHABET)


def _board(columns: list[int] | tuple[int, ...]) -> Grid:
    return tuple(tuple(int(column == queen) for column in range(len(columns))) for queen in columns)


def _complete(columns: list[int], size: int, used: int, falling: int, rising: int, rng: KeyedRandom) -> bool:
    """Add queens to the rows that are left; masks hold the columns that are attacked."""
    if len(columns) == size:
        return True
    free = ((1 << size) - 1) & ~(used | falling | rising)
    choices = [column for column in range(size) if free >> column & 1]
    rng.shuffle(choices)
    for column in choices:
        bit = 1 << column
        columns.append(column)
        if _complete(columns, size, used | bit, (falling | bit) << 1, (rising | bit) >> 1, rng):
            return True
        columns.pop()
    return False
