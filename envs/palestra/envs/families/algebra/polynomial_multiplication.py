"""Products of polynomials, to be multiplied out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.families.algebra.polynomial import (
    PolynomialsAnswer,
    multiplied,
    polynomial_text,
    polynomials_reference,
    reference_text,
)
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class PolynomialMultiplicationConfig(FamilyConfig):
    """Which products are asked."""

    num_factors: int = stages(2, 2, 2, 2, 2, 2, 2, 3, 3, 4, choices=tuple(range(2, 9)))
    """How many factors, 2..8."""
    degree: int = stages(1, 1, 1, 2, 2, 3, 3, 2, 3, 3, choices=tuple(range(1, 9)))
    """Highest degree of a factor, 1..8."""
    high: int = geometric(6, 20, low=2, high=1000)
    """Coefficients lie in -high..high."""


class PolynomialMultiplication(Question[PolynomialMultiplicationConfig, tuple[tuple[int, ...], ...]]):
    """Products such as `(x + 2)(3x^2 - 1)`; the key has the coefficients of the factors, constants first."""

    id: ClassVar[str] = "palestra/PolynomialMultiplication-v1"
    Config: ClassVar[type[PolynomialMultiplicationConfig]] = PolynomialMultiplicationConfig
    templates = (
        "Expand {product}.",
        "Multiply out {product} and collect like terms.",
        "Write {product} as a sum of powers of x.",
        "Which polynomial is {product} when it is multiplied out?",
    )
    answer_format = "End your reply with the expanded polynomial, one term for each power of x, alone on the last line."
    verifier = PolynomialsAnswer()

    def draw(self, rng: KeyedRandom) -> tuple[tuple[int, ...], ...]:
        """Draw the factors."""
        return tuple(self._factor(rng) for _ in range(self.config.num_factors))

    def canonical(self, key: tuple[tuple[int, ...], ...]) -> str:
        """The factors in a fixed order."""
        return repr(sorted(key))

    def build(self, key: tuple[tuple[int, ...], ...], rng: KeyedRandom) -> Content:
        """Ask for the product."""
        product = [1]
        for factor in key:
            product = multiplied(product, factor)
        return Content(
            slots={"product": "".join(f"({polynomial_text(factor)})" for factor in key)},
            reference=polynomials_reference(product),
            effort=len(product) * sum(map(len, key)),
            meta={"degree": len(product) - 1},
        )

    def oracle(self, task: Task) -> str:
        """The polynomial."""
        return reference_text(task.reference)

    def hacks(self, task: Task) -> tuple[str, ...]:
        """The factors as they were given, and the right terms with one of them taken apart."""
        product = task.prompt[task.prompt.index("(") : task.prompt.rindex(")", 0, task.prompt.index("\n")) + 1]
        return (product, f"{product} = {product}", f"{reference_text(task.reference)} + 0x + x - x")

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A polynomial of the right degree."""
        return polynomial_text([rng.between(1, self.config.high**2) for _ in range(int(task.meta["degree"]) + 1)])

    def _factor(self, rng: KeyedRandom) -> tuple[int, ...]:
        high, degree = self.config.high, rng.between(max(1, self.config.degree - 1), self.config.degree)
        constant = rng.between(1, high) * (1 if rng.below(2) else -1)
        return (constant, *(rng.between(-high, high) for _ in range(degree - 1)), rng.between(1, max(2, high // 3)))
