"""Turning a matrix by quarter turns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RowsAnswer
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.algorithms.matrices import Matrix, draw_matrix, random_rows, turned, written
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class MatrixRotationConfig(FamilyConfig):
    """Which matrices are turned."""

    size: int = ramp(2, 10, low=2, high=30)
    """Most rows and columns."""
    high: int = ramp(9, 99, low=1, high=10**6)
    """Largest number; the smallest is 0."""
    max_quarters: int = stages(1, 1, 2, 3, 7, choices=tuple(range(1, 100)))
    """Most quarter turns."""


@dataclass(frozen=True, slots=True)
class MatrixRotationKey:
    """A matrix, and its quarter turns: clockwise ones are positive."""

    matrix: Matrix
    quarters: int


class MatrixRotation(Question[MatrixRotationConfig, MatrixRotationKey]):
    """Matrices that are to be turned."""

    id: ClassVar[str] = "palestra/MatrixRotation-v1"
    Config: ClassVar[type[MatrixRotationConfig]] = MatrixRotationConfig
    templates = (
        "Rotate this matrix {direction} by {angle}:\n{matrix}",
        "{matrix}\nTurn the matrix above {direction} by {angle}.",
        "Matrix:\n{matrix}\nHow does it look after a rotation {direction} by {angle}?",
        "Write down the matrix that you get by rotating the one below {direction} by {angle}.\n{matrix}",
    )
    answer_format = "Reply with the new matrix only: one line for each row, numbers separated by spaces."
    verifier = RowsAnswer()

    def draw(self, rng: KeyedRandom) -> MatrixRotationKey:
        """A matrix of nearly the largest size and its turn."""
        config = self.config
        rows, columns = (rng.between(max(2, config.size - 1), config.size) for _ in range(2))
        quarters = rng.between(max(1, config.max_quarters // 2), config.max_quarters) * rng.choice((1, -1))
        return MatrixRotationKey(draw_matrix(rows, columns, config.high, rng), quarters)

    def canonical(self, key: MatrixRotationKey) -> str:
        """The matrix and the turn that comes out."""
        return f"{key.quarters % 4} {key.matrix}"

    def build(self, key: MatrixRotationKey, rng: KeyedRandom) -> Content | None:
        """Ask for the turned matrix; None where it looks the same."""
        answer = turned(key.matrix, key.quarters)
        if answer == key.matrix:
            return None
        count = abs(key.quarters)
        angle = f"{90 * count} degrees" if count < 4 else f"{count} quarter turns"
        direction = "clockwise" if key.quarters > 0 else "counterclockwise"
        return Content(
            slots={"matrix": written(key.matrix), "angle": angle, "direction": direction},
            reference=written(answer),
            effort=len(answer) * len(answer[0]) * (1 + key.quarters % 4),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Random numbers in the right shape."""
        return random_rows(task.reference, self.config.high, rng)
