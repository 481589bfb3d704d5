"""The greatest common divisor of some numbers."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import ClassVar

from palestra.envs.answers import NumberAnswer
from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.family import Content
from palestra.envs.question import Question
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


class Gcd(Question[GcdConfig, tuple[int, ...]]):
    """Numbers with a common factor; the key has the numbers."""

    id: ClassVar[str] = "palestra/Gcd-v1"
    Config: ClassVar[type[GcdConfig]] = GcdConfig
    templates = (
        "What is the greatest common divisor of {numbers}?",
        "Find the greatest common divisor (gcd) of {numbers}.",
        "Which is the largest number that divides all of {numbers}?",
        "Numbers: {numbers}. Give their highest common factor.",
    )
    answer_format = "End your reply with the number alone on the last line."
    verifier = NumberAnswer()
    floor = 0.1

    def draw(self, rng: KeyedRandom) -> tuple[int, ...]:
        """Different multiples of a common factor."""
        factor = rng.between(2, self.config.divisor)
        return tuple(factor * rng.between(2, self.config.cofactor) for _ in range(self.config.num_numbers))

    def canonical(self, key: tuple[int, ...]) -> str:
        """The numbers in order of size."""
        return " ".join(map(str, sorted(key)))

    def build(self, key: tuple[int, ...], rng: KeyedRandom) -> Content | None:
        """Ask for the divisor; where it is one of the numbers there is too little to find."""
        common = gcd(*key)
        if common in key:
            return None
        return Content(
            slots={"numbers": ", ".join(map(str, key[:-1])) + f" and {key[-1]}"},
            reference=str(common),
            effort=sum(number.bit_length() for number in key),
            meta={"num_numbers": len(key)},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A possible factor."""
        return str(rng.between(2, self.config.divisor))
