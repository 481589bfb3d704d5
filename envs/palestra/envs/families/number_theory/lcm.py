"""The least common multiple of some numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import lcm
from typing import ClassVar

from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.families.number_theory.common_number import CommonNumberQuestion
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class LcmConfig(FamilyConfig):
    """Which numbers are shown."""

    num_numbers: int = stages(2, 2, 2, 2, 3, 3, 3, 4, 4, 5, choices=tuple(range(2, 11)))
    """How many numbers, 2..10."""
    factor: int = geometric(8, 40, low=1, high=10**6)
    """Largest common factor that is drawn; the smallest is 1."""
    cofactor: int = geometric(12, 100, low=3, high=10**6)
    """Largest factor that each number has besides."""


class Lcm(CommonNumberQuestion[LcmConfig]):
    """Numbers that often share a factor; the key has the numbers."""

    id: ClassVar[str] = "palestra/Lcm-v1"
    Config: ClassVar[type[LcmConfig]] = LcmConfig
    templates = (
        "What is the least common multiple of {numbers}?",
        "Find the least common multiple (lcm) of {numbers}.",
        "Which is the smallest positive number that all of {numbers} divide?",
        "Numbers: {numbers}. Give their lowest common multiple.",
    )
    floor = 0.08

    def draw(self, rng: KeyedRandom) -> tuple[int, ...]:
        """Multiples of a common factor."""
        factor = rng.between(1, self.config.factor)
        return tuple(factor * rng.between(2, self.config.cofactor) for _ in range(self.config.num_numbers))

    def common(self, numbers: Sequence[int]) -> int:
        """The least common multiple."""
        return lcm(*numbers)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A possible multiple."""
        config = self.config
        return str(rng.between(1, config.factor) * rng.between(2, config.cofactor) * rng.between(2, config.cofactor))
