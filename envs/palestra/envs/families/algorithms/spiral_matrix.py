"""Reading a matrix along a spiral."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer, read_integers
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.algorithms.matrices import Matrix, draw_matrix, transposed, turned, written
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_CORNERS = ("top left", "top right", "bottom right", "bottom left")


@dataclass(frozen=True, kw_only=True, slots=True)
class SpiralMatrixConfig(FamilyConfig):
    """Which spirals are read."""

    size: int = ramp(2, 9, low=2, high=30)
    """Most rows and columns."""
    high: int = ramp(9, 99, low=1, high=10**6)
    """Largest number; the smallest is 0."""
    num_corners: int = stages(1, 1, 4)
    """From how many corners the spiral may start."""
    num_directions: int = stages(1, 2)
    """1: always clockwise; 2: either way."""


@dataclass(frozen=True, slots=True)
class SpiralMatrixKey:
    """A matrix, and how its spiral starts."""

    matrix: Matrix
    corner: int
    is_clockwise: bool


class SpiralMatrix(Question[SpiralMatrixConfig, SpiralMatrixKey]):
    """Matrices that are to be read from the outside to the inside."""

    id: ClassVar[str] = "palestra/SpiralMatrix-v1"
    Config: ClassVar[type[SpiralMatrixConfig]] = SpiralMatrixConfig
    templates = (
        "Read the numbers of this matrix along a spiral, from the {corner} corner {direction} to the middle:\n{matrix}",
        "{matrix}\nWalk through the matrix in a spiral: start in the {corner} corner and go {direction} inwards.",
        "Matrix:\n{matrix}\nList its numbers in spiral order, {direction}, starting in the {corner} corner.",
        "Start in the {corner} corner of the matrix below and follow the spiral inwards, {direction}.\n{matrix}",
    )
    answer_format = "The last line of your reply must be all the numbers in that order, separated by commas."
    verifier = IntegersAnswer()

    def draw(self, rng: KeyedRandom) -> SpiralMatrixKey:
        """A matrix of nearly the largest size, a corner and a direction."""
        config = self.config
        rows, columns = (rng.between(max(2, config.size - 1), config.size) for _ in range(2))
        return SpiralMatrixKey(
            matrix=draw_matrix(rows, columns, config.high, rng),
            corner=rng.below(config.num_corners),
            is_clockwise=rng.below(config.num_directions) == 0,
        )

    def build(self, key: SpiralMatrixKey, rng: KeyedRandom) -> Content | None:
        """Ask for the numbers; None where reading line by line gives the same."""
        answer = spiral(key.matrix, key.corner, key.is_clockwise)
        if answer == [cell for row in key.matrix for cell in row]:
            return None
        return Content(
            slots={
                "matrix": written(key.matrix),
                "corner": _CORNERS[key.corner],
                "direction": "clockwise" if key.is_clockwise else "counterclockwise",
            },
            reference=str(answer),
            effort=len(answer),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """As many random numbers."""
        return ", ".join(str(rng.below(self.config.high + 1)) for _ in read_integers(task.reference))


def spiral(matrix: Matrix, corner: int, is_clockwise: bool) -> list[int]:
    """The cells from a corner (0 top left, then clockwise) to the middle.

    >>> spiral(((1, 2), (3, 4)), 0, False)
    [1, 3, 4, 2]
    """
    rest = turned(matrix, -corner)
    if not is_clockwise:
        rest = transposed(rest)
    cells: list[int] = []
    while rest:
        cells += rest[0]
        rest = turned(rest[1:], -1)
    return cells
