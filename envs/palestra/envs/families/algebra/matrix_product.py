"""Products of matrices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RowsAnswer, check_lead, final_line
from palestra.envs.answers.rows import Rows
from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.families.algebra.matrices import Matrix, matrix_text, product, random_matrix
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict


class MatrixAnswer(RowsAnswer):
    """PASS when the final line is the reference's matrix, such as `[[1, 2], [3, 4]]`; or all of a reply, row by row.

    Reference: lines of numbers separated by blanks.
    """

    name: ClassVar[str] = "matrix-answer"

    def judge(self, response: str, reference: Rows) -> Verdict:
        """Compare number by number."""
        lead, equals, value = final_line(response).rpartition("=")
        if not value.lstrip().startswith("[["):
            return super().judge(response, reference)
        check_lead(lead + equals)
        return super().judge(value.strip(), reference)


@dataclass(frozen=True, kw_only=True, slots=True)
class MatrixProductConfig(FamilyConfig):
    """Which products are asked."""

    size: int = stages(2, 2, 2, 3, 3, 3, 4, 4, 4, 5, choices=tuple(range(2, 11)))
    """Most rows and columns, 2..10."""
    num_matrices: int = stages(2, 2, 2, 2, 2, 2, 2, 2, 3, 3, choices=(2, 3, 4))
    """How many matrices are multiplied, 2..4."""
    high: int = geometric(4, 15, low=1, high=1000)
    """Entries lie in -high..high."""


class MatrixProduct(Question[MatrixProductConfig, tuple[Matrix, ...]]):
    """Products of matrices that fit together; the key has the matrices."""

    id: ClassVar[str] = "palestra/MatrixProduct-v1"
    Config: ClassVar[type[MatrixProductConfig]] = MatrixProductConfig
    templates = (
        "Calculate the matrix product {product}.",
        "Multiply the matrices {product}.",
        "What is {product}? The matrices are given row by row.",
        "Find the matrix that {product} is equal to.",
    )
    answer_format = "End your reply with the resulting matrix, written in the same way, alone on the last line."
    verifier = MatrixAnswer()

    def draw(self, rng: KeyedRandom) -> tuple[Matrix, ...]:
        """Draw sizes and entries."""
        size, count = self.config.size, self.config.num_matrices
        sizes = [rng.between(max(2, size - 1), size) for _ in range(count + 1)]
        return tuple(random_matrix(sizes[i], sizes[i + 1], self.config.high, rng) for i in range(count))

    def build(self, key: tuple[Matrix, ...], rng: KeyedRandom) -> Content:
        """Ask for the product."""
        result, work = key[0], 0
        for matrix in key[1:]:
            work += len(result) * len(matrix) * len(matrix[0])
            result = product(result, matrix)
        return Content(
            slots={"product": " * ".join(map(matrix_text, key))},
            reference=_rows(result),
            effort=work,
            meta={"num_rows": len(result), "num_columns": len(result[0])},
        )

    def oracle(self, task: Task) -> str:
        """The matrix."""
        return matrix_text(tuple(tuple(map(int, row.split())) for row in task.reference.splitlines()))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A matrix of the right size."""
        shape = int(task.meta["num_rows"]), int(task.meta["num_columns"])
        return matrix_text(random_matrix(*shape, self.config.high**2 * self.config.size, rng))


def _rows(matrix: Matrix) -> str:
    return "\n".join(" ".join(map(str, row)) for row in matrix)
