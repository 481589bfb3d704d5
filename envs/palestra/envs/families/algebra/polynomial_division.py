"""Division of polynomials with remainder."""

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
class PolynomialDivisionConfig(FamilyConfig):
    """Which divisions are asked."""

    divisor_degree: int = stages(1, 1, 1, 1, 2, 2, 2, 3, 3, 4, choices=tuple(range(1, 9)))
    """Degree of the divisor, 1..8."""
    quotient_degree: int = stages(1, 1, 2, 2, 2, 3, 3, 3, 4, 5, choices=tuple(range(1, 13)))
    """Degree of the quotient, 1..12."""
    high: int = geometric(5, 15, low=2, high=1000)
    """Coefficients of divisor, quotient and remainder lie in -high..high."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DivisionKey:
    """Coefficients, constants first."""

    divisor: tuple[int, ...]
    quotient: tuple[int, ...]
    remainder: tuple[int, ...]


class PolynomialDivision(Question[PolynomialDivisionConfig, DivisionKey]):
    """Questions such as `Divide x^3 - 2x + 5 by x - 1`."""

    id: ClassVar[str] = "palestra/PolynomialDivision-v1"
    Config: ClassVar[type[PolynomialDivisionConfig]] = PolynomialDivisionConfig
    templates = (
        "Divide {dividend} by {divisor} with remainder.",
        "Find quotient and remainder of ({dividend}) / ({divisor}).",
        "What are quotient and remainder when {dividend} is divided by {divisor}?",
        "Carry out the long division of {dividend} by {divisor}.",
    )
    answer_format = "End your reply with the quotient, a semicolon and the remainder alone on the last line."
    verifier = PolynomialsAnswer()

    def draw(self, rng: KeyedRandom) -> DivisionKey:
        """Draw divisor, quotient and remainder."""
        config = self.config
        return DivisionKey(
            divisor=self._coefficients(config.divisor_degree, rng),
            quotient=self._coefficients(config.quotient_degree, rng),
            remainder=tuple(rng.between(-config.high, config.high) for _ in range(config.divisor_degree)),
        )

    def build(self, key: DivisionKey, rng: KeyedRandom) -> Content:
        """Ask for quotient and remainder."""
        dividend = multiplied(key.divisor, key.quotient)
        for power, value in enumerate(key.remainder):
            dividend[power] += value
        return Content(
            slots={"dividend": polynomial_text(dividend), "divisor": polynomial_text(key.divisor)},
            reference=polynomials_reference(key.quotient, key.remainder),
            effort=len(key.divisor) * len(key.quotient),
            meta={"degree": len(dividend) - 1},
        )

    def oracle(self, task: Task) -> str:
        """Quotient and remainder."""
        return reference_text(task.reference)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Polynomials of the right degrees."""
        quotient = self._coefficients(self.config.quotient_degree, rng)
        return f"{polynomial_text(quotient)}; {polynomial_text(self.draw(rng).remainder)}"

    def _coefficients(self, degree: int, rng: KeyedRandom) -> tuple[int, ...]:
        high = self.config.high
        lower = tuple(rng.between(-high, high) for _ in range(degree))
        return (*lower, rng.between(1, 3) if rng.below(2) else 1)
