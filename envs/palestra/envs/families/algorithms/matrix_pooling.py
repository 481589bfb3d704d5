"""Pooling: one number for each block of a matrix."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RowsAnswer
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.algorithms.matrices import Matrix, draw_matrix, random_rows, written
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_POOLS: dict[str, Callable[[Iterable[int]], int]] = {"largest number": max, "smallest number": min, "sum": sum}


@dataclass(frozen=True, kw_only=True, slots=True)
class MatrixPoolingConfig(FamilyConfig):
    """Which matrices are pooled."""

    block: int = stages(2, 2, 3, 3, 4, choices=(2, 3, 4, 5))
    """Rows and columns of a block."""
    num_blocks: int = ramp(2, 4, low=2, high=10)
    """Most blocks along a side."""
    high: int = ramp(20, 99, low=1, high=10**6)
    """Largest number; the smallest is 0."""


@dataclass(frozen=True, slots=True)
class MatrixPoolingKey:
    """A matrix, its block size, and what is taken of each block."""

    matrix: Matrix
    block: int
    pool: str


class MatrixPooling(Question[MatrixPoolingConfig, MatrixPoolingKey]):
    """Matrices that are cut into square blocks."""

    id: ClassVar[str] = "palestra/MatrixPooling-v1"
    Config: ClassVar[type[MatrixPoolingConfig]] = MatrixPoolingConfig
    templates = (
        "Cut the matrix into blocks of {block} x {block} and replace each block by its {pool}.\n{matrix}",
        "{matrix}\nMake a smaller matrix: the {pool} of each {block} x {block} block, blocks not overlapping.",
        "Pool this matrix with {block} x {block} blocks side by side; of each block take the {pool}.\n{matrix}",
        "What matrix is left when every {block} x {block} block (from the top left on) becomes its {pool}?\n{matrix}",
    )
    answer_format = "Reply with the smaller matrix only: one line for each row, numbers separated by spaces."
    verifier = RowsAnswer()

    def draw(self, rng: KeyedRandom) -> MatrixPoolingKey:
        """A matrix whose sides are whole numbers of blocks."""
        config = self.config
        rows = config.block * rng.between(max(2, config.num_blocks - 1), config.num_blocks)
        columns = config.block * config.num_blocks
        pool = rng.choice(tuple(_POOLS))
        return MatrixPoolingKey(draw_matrix(rows, columns, config.high, rng), config.block, pool)

    def build(self, key: MatrixPoolingKey, rng: KeyedRandom) -> Content:
        """Ask for the pooled matrix."""
        pool, block, matrix = _POOLS[key.pool], key.block, key.matrix
        answer = tuple(
            tuple(
                pool([cell for row in matrix[top : top + block] for cell in row[left : left + block]])
                for left in range(0, len(matrix[0]), block)
            )
            for top in range(0, len(matrix), block)
        )
        return Content(
            slots={"matrix": written(matrix), "block": str(block), "pool": key.pool},
            reference=written(answer),
            effort=len(matrix) * len(matrix[0]),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Random numbers in the right shape."""
        return random_rows(task.reference, self.config.high, rng)
