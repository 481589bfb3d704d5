"""A series of named operations on a matrix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RowsAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.algorithms.matrices import Matrix, draw_matrix, random_rows, transposed, turned, written
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """What is done to a matrix, with two places `a` and `b` (from 1) where they are needed."""

    text: str
    apply: Callable[[Matrix, int, int], Matrix]
    places: str = ""
    """`rows` or `columns`: what `a` and `b` are; empty where the operation needs no place."""


def _swapped(matrix: Matrix, a: int, b: int) -> Matrix:
    rows = list(matrix)
    rows[a - 1], rows[b - 1] = rows[b - 1], rows[a - 1]
    return tuple(rows)


def _added(matrix: Matrix, a: int, b: int) -> Matrix:
    total = tuple(x + y for x, y in zip(matrix[a - 1], matrix[b - 1], strict=True))
    return (*matrix[: b - 1], total, *matrix[b:])


def _on_columns(apply: Callable[[Matrix, int, int], Matrix]) -> Callable[[Matrix, int, int], Matrix]:
    return lambda matrix, a, b: transposed(apply(transposed(matrix), a, b))


OPERATIONS: dict[str, Operation] = {
    "transpose": Operation(text="transpose the matrix", apply=lambda m, a, b: transposed(m)),
    "clockwise": Operation(text="rotate it clockwise by 90 degrees", apply=lambda m, a, b: turned(m, 1)),
    "counterclockwise": Operation(text="rotate it counterclockwise by 90 degrees", apply=lambda m, a, b: turned(m, 3)),
    "half-turn": Operation(text="rotate it by 180 degrees", apply=lambda m, a, b: turned(m, 2)),
    "mirror": Operation(text="reverse the order of the columns", apply=lambda m, a, b: tuple(r[::-1] for r in m)),
    "flip": Operation(text="reverse the order of the rows", apply=lambda m, a, b: m[::-1]),
    "swap-rows": Operation(text="swap rows {a} and {b}", apply=_swapped, places="rows"),
    "swap-columns": Operation(text="swap columns {a} and {b}", apply=_on_columns(_swapped), places="columns"),
    "add-row": Operation(text="add row {a} to row {b}", apply=_added, places="rows"),
    "add-column": Operation(text="add column {a} to column {b}", apply=_on_columns(_added), places="columns"),
    "clear-row": Operation(
        text="replace every number in row {a} by 0",
        apply=lambda m, a, b: (*m[: a - 1], (0,) * len(m[0]), *m[a:]),
        places="rows",
    ),
    "double": Operation(text="double every number", apply=lambda m, a, b: tuple(tuple(2 * c for c in r) for r in m)),
    "shift": Operation(
        text="move every row down by one, the last one to the top", apply=lambda m, a, b: m[-1:] + m[:-1]
    ),
}
_KINDS = tuple(OPERATIONS)


@dataclass(frozen=True, kw_only=True, slots=True)
class MatrixManipulationConfig(FamilyConfig):
    """Which matrices are changed, and how often."""

    size: int = ramp(2, 6, low=2, high=20)
    """Most rows and columns."""
    high: int = ramp(9, 20, low=1, high=10**6)
    """Largest number; the smallest is 0."""
    num_operations: int = ramp(1, 10, low=1, high=50)
    """How many operations follow each other."""


Step = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class MatrixManipulationKey:
    """A matrix and the operations with their places."""

    matrix: Matrix
    steps: tuple[Step, ...]


class MatrixManipulation(Question[MatrixManipulationConfig, MatrixManipulationKey]):
    """Matrices that are changed step by step."""

    id: ClassVar[str] = "palestra/MatrixManipulation-v1"
    Config: ClassVar[type[MatrixManipulationConfig]] = MatrixManipulationConfig
    templates = (
        "Start with this matrix:\n{matrix}\nDo the following in order: {steps}. Rows and columns count from 1.",
        "Matrix:\n{matrix}\nSteps, one after the other: {steps}. (Rows and columns count from 1.)\nWhat is the result?",
        "Change the matrix below in this order: {steps}. Row 1 is the top row, column 1 the leftmost one.\n{matrix}",
        "{matrix}\nRows and columns of this matrix count from 1. Step by step, {steps}. Which matrix is left?",
    )
    answer_format = "Reply with the final matrix only: one line for each row, numbers separated by spaces."
    verifier = RowsAnswer()

    def draw(self, rng: KeyedRandom) -> MatrixManipulationKey:
        """A matrix, and operations whose places exist when their turn comes."""
        config = self.config
        rows, columns = (rng.between(max(2, config.size - 1), config.size) for _ in range(2))
        matrix = draw_matrix(rows, columns, config.high, rng)
        steps: list[Step] = []
        for _ in range(config.num_operations):
            kind = rng.choice(_KINDS)
            places = OPERATIONS[kind].places
            a, b = rng.sample(range(1, 1 + (rows if places == "rows" else columns)), 2) if places else (0, 0)
            steps.append((kind, a, b))
            if kind in ("transpose", "clockwise", "counterclockwise"):
                rows, columns = columns, rows
        return MatrixManipulationKey(matrix, tuple(steps))

    def composition(self, key: MatrixManipulationKey) -> str:
        """The kinds of the first two operations, in the order of the alphabet."""
        return " ".join(sorted(kind for kind, _, _ in key.steps[:2])) if len(key.steps) > 1 else ""

    def build(self, key: MatrixManipulationKey, rng: KeyedRandom) -> Content | None:
        """Ask for the last matrix; None where it is the first one."""
        answer = key.matrix
        for kind, a, b in key.steps:
            answer = OPERATIONS[kind].apply(answer, a, b)
        if answer == key.matrix:
            return None
        steps = "; ".join(OPERATIONS[kind].text.format(a=a, b=b) for kind, a, b in key.steps)
        return Content(
            slots={"matrix": written(key.matrix), "steps": steps},
            reference=written(answer),
            effort=len(key.steps) * len(answer) * len(answer[0]),
            meta={"num_operations": len(key.steps)},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Random numbers in the right shape."""
        return random_rows(task.reference, self.config.high, rng)
