"""Definite integrals of polynomials, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from palestra.envs.answers import NumberAnswer
from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.families.algebra.polynomial import multiplied, polynomial_text
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class DefiniteIntegralConfig(FamilyConfig):
    """Which integrals are asked."""

    degree: int = stages(1, 1, 2, 2, 2, 3, 3, 2, 3, 3, choices=tuple(range(1, 9)))
    """Highest degree of a factor, 1..8."""
    num_factors: int = stages(1, 1, 1, 1, 1, 1, 2, 2, 2, 3, choices=(1, 2, 3, 4))
    """How many polynomials are multiplied, 1..4."""
    high: int = geometric(6, 15, low=2, high=1000)
    """Coefficients lie in -high..high."""
    bound: int = geometric(4, 8, low=1, high=100)
    """Limits of integration lie in -bound..bound."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DefiniteIntegralKey:
    """The factors of the integrand, constants first, and the limits of integration."""

    factors: tuple[tuple[int, ...], ...]
    low: int
    high: int


class DefiniteIntegral(Question[DefiniteIntegralConfig, DefiniteIntegralKey]):
    """Questions such as `Integrate 3x^2 - 2x + 1 from x = 1 to x = 4`."""

    id: ClassVar[str] = "palestra/DefiniteIntegral-v1"
    Config: ClassVar[type[DefiniteIntegralConfig]] = DefiniteIntegralConfig
    templates = (
        "Integrate {integrand} from x = {low} to x = {high}.",
        "What is the definite integral of {integrand} over x from {low} to {high}?",
        "Calculate the integral from {low} to {high} of {integrand} dx.",
        "Find the exact value of the integral of {integrand} with respect to x between {low} and {high}.",
    )
    answer_format = (
        "End your reply with the exact value alone on the last line: a whole number, or a fraction p/q in lowest terms."
    )
    verifier = NumberAnswer()
    floor = 0.05

    def draw(self, rng: KeyedRandom) -> DefiniteIntegralKey:
        """Draw factors and limits."""
        config = self.config
        low = rng.between(-config.bound, config.bound - 1)
        factors = tuple(self._factor(rng) for _ in range(config.num_factors))
        return DefiniteIntegralKey(factors=factors, low=low, high=rng.between(low + 1, config.bound))

    def canonical(self, key: DefiniteIntegralKey) -> str:
        """The factors in a fixed order, and the limits."""
        return f"{sorted(key.factors)} {key.low} {key.high}"

    def build(self, key: DefiniteIntegralKey, rng: KeyedRandom) -> Content | None:
        """Ask for the value; 0 would be too good a guess."""
        integrand = [1]
        for factor in key.factors:
            integrand = multiplied(integrand, factor)
        value = sum(Fraction(c * (key.high**n - key.low**n), n) for n, c in enumerate(integrand, start=1))
        if value == 0:
            return None
        text = "".join(f"({polynomial_text(factor)})" for factor in key.factors)
        return Content(
            slots={"integrand": text, "low": str(key.low), "high": str(key.high)},
            reference=str(value),
            effort=len(integrand) * sum(map(len, key.factors)),
            meta={"degree": len(integrand) - 1},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A number of common size."""
        return str(Fraction(rng.between(-500, 500), rng.choice((1, 2, 3, 6, 12))))

    def _factor(self, rng: KeyedRandom) -> tuple[int, ...]:
        high, degree = self.config.high, rng.between(max(1, self.config.degree - 1), self.config.degree)
        leading = rng.between(1, high)
        return (*(rng.between(-high, high) for _ in range(degree)), leading if rng.below(2) else -leading)
