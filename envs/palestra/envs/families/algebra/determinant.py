"""Determinants of matrices of whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import NumberAnswer
from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.families.algebra.matrices import Matrix, determinant, matrix_text, random_matrix
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class DeterminantConfig(FamilyConfig):
    """Which matrices are shown."""

    size: int = stages(2, 2, 2, 3, 3, 3, 4, 4, 4, 5, choices=tuple(range(2, 9)))
    """Rows and columns, 2..8."""
    high: int = geometric(6, 15, low=2, high=1000)
    """Entries lie in -high..high."""


class Determinant(Question[DeterminantConfig, Matrix]):
    """Determinants that are not 0, which would be too good a guess; the key is the matrix."""

    id: ClassVar[str] = "palestra/Determinant-v1"
    Config: ClassVar[type[DeterminantConfig]] = DeterminantConfig
    templates = (
        "What is the determinant of {matrix}?",
        "Calculate the determinant of the matrix {matrix}.",
        "Find det {matrix}.",
        "The rows of a matrix are {matrix}. What is its determinant?",
    )
    answer_format = "End your reply with the number alone on the last line."
    verifier = NumberAnswer()
    floor = 0.05

    def draw(self, rng: KeyedRandom) -> Matrix:
        """Draw the entries."""
        return random_matrix(self.config.size, self.config.size, self.config.high, rng)

    def build(self, key: Matrix, rng: KeyedRandom) -> Content | None:
        """Ask for the determinant."""
        value = determinant(key)
        if value == 0:
            return None
        return Content(
            slots={"matrix": matrix_text(key)},
            reference=str(value),
            effort=len(key) ** 3,
            meta={"size": len(key)},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A number of a size that the determinant may have."""
        largest = self.config.high**self.config.size
        return str(rng.between(-largest, largest))
