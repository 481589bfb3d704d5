"""Fractions to be brought to lowest terms."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from typing import ClassVar

from palestra.envs.answers import NumberAnswer
from palestra.envs.config import FamilyConfig, geometric
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class FractionSimplificationConfig(FamilyConfig):
    """Which fractions are asked."""

    high: int = geometric(15, 3000, low=4, high=10**9)
    """Largest numerator and denominator in lowest terms."""
    factor: int = geometric(5, 3000, low=2, high=10**9)
    """Largest common factor; the smallest is 2."""


class FractionSimplification(Question[FractionSimplificationConfig, tuple[int, int]]):
    """Fractions such as 84/126; the key has numerator and denominator as they are shown."""

    id: ClassVar[str] = "palestra/FractionSimplification-v1"
    Config: ClassVar[type[FractionSimplificationConfig]] = FractionSimplificationConfig
    templates = (
        "Simplify {fraction} to lowest terms.",
        "Reduce the fraction {fraction} as far as possible.",
        "Write {fraction} with the smallest possible whole numerator and denominator.",
        "What is {fraction} in lowest terms?",
    )
    answer_format = "End your reply with the fraction p/q in lowest terms alone on the last line."
    verifier = NumberAnswer()

    def draw(self, rng: KeyedRandom) -> tuple[int, int]:
        """A fraction in lowest terms, made larger."""
        p, q = rng.between(1, self.config.high), rng.between(2, self.config.high)
        common = gcd(p, q)
        factor = rng.between(2, self.config.factor)
        return p // common * factor, q // common * factor

    def build(self, key: tuple[int, int], rng: KeyedRandom) -> Content | None:
        """Ask for the lowest terms; a whole number is no fraction."""
        value = Fraction(*key)
        if value.denominator == 1:
            return None
        return Content(
            slots={"fraction": f"{key[0]}/{key[1]}"},
            reference=str(value),
            effort=(key[0] * key[1]).bit_length(),
        )

    def hacks(self, task: Task) -> tuple[str, ...]:
        """The right value in other than lowest terms."""
        value = Fraction(task.reference)
        return tuple(f"{k * value.numerator}/{k * value.denominator}" for k in (2, 3, 10))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A fraction in lowest terms."""
        value = Fraction(rng.between(1, self.config.high), rng.between(2, self.config.high))
        return f"{value.numerator}/{value.denominator}"
