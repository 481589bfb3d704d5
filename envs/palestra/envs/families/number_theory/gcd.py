"""The greatest common divisor of some numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd
from typing import ClassVar

from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.families.number_theory.common_number import CommonNumberQuestion
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class GcdConfig(FamilyConfig):
    """Which numbers are shown."""

    num_numbers: int = stages(2, 2, 2, 2, 3, 3, 3, 4, 4, 5, choices=tuple(range(2, 11)))
    """How many numbers, 2..10."""
    divisor: int = geometric(25, 5000, low=3, high=10**9)
    """Largest common factor that is drawn; the smallest is 2."""
    cofactor: int = geometric(10, 2000, low=3, high=10**9)
    """Largest factor that each number has besides."""


class Gcd(CommonNumberQuestion[GcdConfig]):
    """Numbers with a common factor; the key has the numbers."""

    id: ClassVar[str] = "palestra/Gcd-v1"
    Config: ClassVar[type[GcdConfig]] = GcdConfig
    templates = (
        "What is the greatest common divisor of {numbers}?",
        "Find the greatest common divisor (gcd) of {numbers}.",
        "Which is the largest number that divides all of {numbers}?",
        "Numbers: {numbers}. Give their highest common factor.",
    )
    floor = 0.1

    def draw(self, rng: KeyedRandom) -> tuple[int, ...]:
        """Different multiples of a common factor."""
        factor = rng.between(2, self.config.divisor)
        return tuple(factor * rng.between(2, self.config.cofactor) for _ in range(self.config.num_numbers))

    def common(self, numbers: Sequence[int]) -> int:
        """The greatest common divisor."""
        return gcd(*numbers)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A possible factor."""
        return str(rng.between(2, self.config.divisor))
