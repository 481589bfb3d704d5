"""Expressions over decimals; every step has finitely many decimals."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from palestra.envs.answers import NumberAnswer
from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.families.arithmetic.expression import Expression, Grammar, decimal_text, draw_decimal
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_LIMIT = 10**6


@dataclass(frozen=True, kw_only=True, slots=True)
class DecimalArithmeticConfig(FamilyConfig):
    """Which expressions are asked."""

    num_steps: int = stages(1, 1, 2, 2, 2, 3, 3, 4, 5, 6, choices=tuple(range(1, 13)))
    """How many operators the expression has, 1..12."""
    high: int = geometric(5, 100, low=2, high=10_000)
    """Drawn numbers lie below this."""
    places: int = stages(1, 1, 1, 2, 2, 2, 2, 3, 3, 3, choices=tuple(range(1, 7)))
    """Most decimals of a drawn number, 1..6."""
    operators: str = stages("+-", "+-*", *["+-*/"] * 8)
    """Which operators occur."""


class DecimalArithmetic(Question[DecimalArithmeticConfig, Expression]):
    """Expressions such as `2.5 * (0.75 + 1.2)`."""

    id: ClassVar[str] = "palestra/DecimalArithmetic-v1"
    Config: ClassVar[type[DecimalArithmeticConfig]] = DecimalArithmeticConfig
    templates = (
        "Calculate {expression} exactly.",
        "What is the exact value of {expression}?",
        "Evaluate {expression} without rounding.",
        "Find the exact decimal that {expression} is equal to.",
    )
    answer_format = "End your reply with the exact decimal alone on the last line."
    verifier = NumberAnswer()
    floor = 0.05

    def draw(self, rng: KeyedRandom) -> Expression:
        """Draw an expression from the top down."""
        grammar = Grammar(operators=self.config.operators, atom=self._atom, write=decimal_text, limit=_LIMIT)
        return grammar.draw(self.config.num_steps, rng)

    def canonical(self, key: Expression) -> str:
        """The expression with the operands of + and * in a fixed order."""
        return key.canonical

    def build(self, key: Expression, rng: KeyedRandom) -> Content | None:
        """Ask for the value."""
        if key.value == 0:
            return None
        return Content(
            slots={"expression": key.text},
            reference=str(key.value),
            effort=len(key.text),
            meta={"num_steps": self.config.num_steps},
        )

    def oracle(self, task: Task) -> str:
        """The value as a decimal."""
        return decimal_text(Fraction(task.reference))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A decimal of common size."""
        return decimal_text(self._atom(rng))

    def _atom(self, rng: KeyedRandom) -> Fraction:
        return draw_decimal(self.config.places, self.config.high, rng)
