"""Sums, products, quotients and powers of complex numbers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.families.algebra.polynomial import (
    Polynomials,
    PolynomialsAnswer,
    polynomial_text,
    polynomials_reference,
)
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

Complex = tuple[Fraction, Fraction]
"""Real and imaginary part."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ComplexArithmeticConfig(FamilyConfig):
    """Which calculations are asked."""

    num_steps: int = stages(1, 1, 1, 2, 2, 2, 3, 3, 4, 5, choices=tuple(range(1, 11)))
    """How many operations follow each other, 1..10."""
    high: int = geometric(6, 15, low=2, high=1000)
    """Parts lie in -high..high."""
    operators: str = stages("+-", "+-*", "+-*", "+-*", *["+-*/"] * 6)
    """Which operators occur."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ComplexKey:
    """Numbers, and the operators between them from left to right."""

    numbers: tuple[tuple[int, int], ...]
    operators: tuple[str, ...]


class ComplexArithmetic(Question[ComplexArithmeticConfig, ComplexKey]):
    """Calculations such as `((2 + 3i) * (1 - i)) / (4 + i)`."""

    id: ClassVar[str] = "palestra/ComplexArithmetic-v1"
    Config: ClassVar[type[ComplexArithmeticConfig]] = ComplexArithmeticConfig
    templates = (
        "Calculate {expression}.",
        "What is {expression} in the form a + bi?",
        "Simplify {expression}.",
        "Find real and imaginary part of {expression}.",
    )
    answer_format = (
        "i is the imaginary unit. End your reply with the result as a + bi alone on the last line; "
        "a and b are whole numbers or fractions in lowest terms."
    )
    verifier = PolynomialsAnswer()

    def draw(self, rng: KeyedRandom) -> ComplexKey:
        """Draw numbers and operators."""
        operators = tuple(rng.choice(self.config.operators) for _ in range(self.config.num_steps))
        return ComplexKey(numbers=tuple(self._number(rng) for _ in range(len(operators) + 1)), operators=operators)

    def canonical(self, key: ComplexKey) -> str:
        """The calculation; a single sum or product without the order of its operands."""
        is_free = set(key.operators) in ({"+"}, {"*"})
        return f"{key.operators} {sorted(key.numbers) if is_free else key.numbers}"

    def composition(self, key: ComplexKey) -> str:
        """The operators, where there are several."""
        return "".join(key.operators) if len(key.operators) > 1 else ""

    def build(self, key: ComplexKey, rng: KeyedRandom) -> Content | None:
        """Ask for the value."""
        (a, b), *others = key.numbers
        value, text = (Fraction(a), Fraction(b)), _shown((a, b))
        for index, (operator, number) in enumerate(zip(key.operators, others, strict=True)):
            value = _applied(value, operator, (Fraction(number[0]), Fraction(number[1])))
            text = f"{f'({text})' if index else text} {operator} {_shown(number)}"
        if not any(value):
            return None
        return Content(
            slots={"expression": text},
            reference=polynomials_reference(value, variable="i"),
            effort=len(text),
            meta={"num_steps": len(key.operators)},
        )

    def oracle(self, task: Task) -> str:
        """The number, real part first."""
        (parts,) = decode(Polynomials, task.reference).coefficients
        real, imaginary = map(Fraction, parts)
        if real == 0 or imaginary == 0:
            return polynomial_text((real, imaginary), "i")
        sign = "-" if imaginary < 0 else "+"
        return f"{real} {sign} {polynomial_text((0, abs(imaginary)), 'i')}"

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Some complex number."""
        return polynomial_text(self._number(rng), "i")

    def _number(self, rng: KeyedRandom) -> tuple[int, int]:
        high = self.config.high
        imaginary = rng.between(1, high)
        return rng.between(-high, high), imaginary if rng.below(2) else -imaginary


def _shown(number: tuple[int, int]) -> str:
    real, imaginary = number
    sign = "-" if imaginary < 0 else "+"
    last = "i" if abs(imaginary) == 1 else f"{abs(imaginary)}i"
    return f"({real} {sign} {last})" if real else f"({'-' if imaginary < 0 else ''}{last})"


def _applied(a: Complex, operator: str, b: Complex) -> Complex:
    if operator in "+-":
        sign = 1 if operator == "+" else -1
        return a[0] + sign * b[0], a[1] + sign * b[1]
    if operator == "*":
        return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]
    norm = b[0] * b[0] + b[1] * b[1]
    return (a[0] * b[0] + a[1] * b[1]) / norm, (a[1] * b[0] - a[0] * b[1]) / norm
