"""For each cell of a binary matrix the distance to the nearest 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RowsAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.algorithms.matrices import Matrix, random_rows, written
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_CELLS_FOR_A_ZERO = 8
_FAR = 10**6


@dataclass(frozen=True, kw_only=True, slots=True)
class BinaryMatrixDistanceConfig(FamilyConfig):
    """Which matrices are asked."""

    size: int = ramp(4, 12, low=3, high=30)
    """Columns; rows are as many or one less."""


class BinaryMatrixDistance(Question[BinaryMatrixDistanceConfig, Matrix]):
    """Matrices of ones with a few zeros; at least one cell lies two steps from a zero."""

    id: ClassVar[str] = "palestra/BinaryMatrixDistance-v1"
    Config: ClassVar[type[BinaryMatrixDistanceConfig]] = BinaryMatrixDistanceConfig
    templates = (
        "For each cell of this matrix find the distance to the nearest 0, in steps up, down, left or right.\n{matrix}",
        "{matrix}\nReplace each cell by its number of steps (up, down, left, right) to the nearest 0.",
        "Steps go up, down, left or right. How many steps is each cell away from the nearest 0?\n{matrix}",
        "Write the matrix of distances to the nearest 0, counting horizontal and vertical steps.\n{matrix}",
    )
    answer_format = "Reply with the new matrix only: one line for each row, numbers separated by spaces."
    verifier = RowsAnswer()

    def draw(self, rng: KeyedRandom) -> Matrix:
        """Ones, and about one zero in eight cells."""
        columns = self.config.size
        rows = columns - rng.below(2)
        count = 1 + rng.below(max(2, 2 * rows * columns // _CELLS_FOR_A_ZERO))
        zeros = {rng.below(rows * columns) for _ in range(count)}
        return tuple(tuple(int(r * columns + c not in zeros) for c in range(columns)) for r in range(rows))

    def build(self, key: Matrix, rng: KeyedRandom) -> Content | None:
        """Ask for the distances; None where the matrix is its own answer."""
        answer = distances(key)
        if answer == key:
            return None
        return Content(
            slots={"matrix": written(key)},
            reference=written(answer),
            effort=len(key) * len(key[0]),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Random small distances in the right shape."""
        return random_rows(task.reference, 3, rng)


def distances(matrix: Matrix) -> Matrix:
    """Steps from each cell to the nearest 0, in two sweeps.

    >>> distances(((0, 1, 1), (1, 1, 1)))
    ((0, 1, 2), (1, 2, 3))
    """
    cells = [[_FAR if cell else 0 for cell in row] for row in matrix]
    _sweep(cells)
    cells = [row[::-1] for row in cells[::-1]]
    _sweep(cells)
    return tuple(tuple(row[::-1]) for row in cells[::-1])


def _sweep(cells: list[list[int]]) -> None:
    above = [_FAR] * len(cells[0])
    for row in cells:
        left = _FAR
        for c, cell in enumerate(row):
            row[c] = left = min(cell, left + 1, above[c] + 1)
        above = row
