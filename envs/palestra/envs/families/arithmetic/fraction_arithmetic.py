"""Calculations with fractions, to be given in lowest terms."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from palestra.envs.answers import NumberAnswer
from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.families.arithmetic.expression import calculated
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

FractionPair = tuple[int, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class FractionArithmeticConfig(FamilyConfig):
    """Which calculations are asked."""

    num_terms: int = stages(2, 2, 2, 2, 3, 3, 3, 4, 4, 5, choices=tuple(range(2, 9)))
    """How many fractions are joined, 2..8."""
    high: int = geometric(9, 60, low=3, high=1000)
    """Largest numerator and denominator; the smallest denominator is 2."""
    operators: str = stages("+", "+-", "+-*", *["+-*/"] * 7)
    """Which operators occur."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FractionChain:
    """Fractions and the operators between them, from left to right."""

    fractions: tuple[FractionPair, ...]
    operators: tuple[str, ...]

    def parts(self) -> tuple[str, ...]:
        """The terms as they are added up; what is multiplied or divided keeps its order with the rest."""
        if set(self.operators) <= {"+"} or set(self.operators) <= {"*"}:
            return tuple(f"{p}/{q}" for p, q in sorted(self.fractions))
        return tuple(f"{p}/{q}" for p, q in self.fractions)


class FractionArithmetic(Question[FractionArithmeticConfig, FractionChain]):
    """Chains such as `(3/4 + 1/6) * 2/5`, parenthesised from left to right."""

    id: ClassVar[str] = "palestra/FractionArithmetic-v1"
    Config: ClassVar[type[FractionArithmeticConfig]] = FractionArithmeticConfig
    templates = (
        "Calculate {expression}.",
        "What is {expression} in lowest terms?",
        "Work out {expression}.",
        "Simplify {expression} to a single fraction.",
    )
    answer_format = "End your reply with the result in lowest terms, as p/q or as a whole number, on the last line."
    verifier = NumberAnswer()
    floor = 0.05

    def draw(self, rng: KeyedRandom) -> FractionChain:
        """Draw fractions and operators."""
        config = self.config
        fractions = tuple((rng.between(1, config.high), rng.between(2, config.high)) for _ in range(config.num_terms))
        operators = tuple(rng.choice(config.operators) for _ in fractions[1:])
        return FractionChain(fractions=fractions, operators=operators)

    def canonical(self, key: FractionChain) -> str:
        """The chain, without the order where only sums or only products are asked."""
        return f"{' '.join(key.operators)} {' '.join(key.parts())}"

    def composition(self, key: FractionChain) -> str:
        """The operators, where there are several."""
        return "".join(sorted(key.operators)) if len(key.operators) > 1 else ""

    def build(self, key: FractionChain, rng: KeyedRandom) -> Content | None:
        """Ask for the value."""
        value = Fraction(*key.fractions[0])
        expression = _shown(key.fractions[0])
        for index, (operator, pair) in enumerate(zip(key.operators, key.fractions[1:], strict=True)):
            value = calculated(value, operator, Fraction(*pair))
            expression = f"{expression if index == 0 else f'({expression})'} {operator} {_shown(pair)}"
        if value == 0:
            return None
        digits = sum(len(f"{p}{q}") for p, q in key.fractions)
        return Content(
            slots={"expression": expression},
            reference=str(value),
            effort=digits,
            meta={"num_terms": len(key.fractions)},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A fraction of common size."""
        return str(Fraction(rng.between(1, 2 * self.config.high), rng.between(2, self.config.high**2)))


def _shown(pair: FractionPair) -> str:
    return f"({pair[0]}/{pair[1]})"
