"""Expressions over whole numbers in which the order of operations matters; every step stays whole."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from palestra.envs.answers import NumberAnswer
from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.families.arithmetic.expression import Expression, Grammar
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_LIMIT = 10**6


@dataclass(frozen=True, kw_only=True, slots=True)
class BasicArithmeticConfig(FamilyConfig):
    """Which expressions are asked."""

    num_steps: int = stages(1, 2, 2, 3, 4, 5, 6, 8, 10, 12, choices=tuple(range(1, 31)))
    """How many operators the expression has, 1..30."""
    high: int = geometric(30, 99, low=2, high=10_000)
    """Largest drawn number; the smallest is 1."""
    operators: str = stages("+-", "+-*", *["+-*/"] * 8)
    """Which operators occur."""


class BasicArithmetic(Question[BasicArithmeticConfig, Expression]):
    """Expressions such as `(7 + 5) * 3 - 84 / 6`, with parentheses only where they are needed."""

    id: ClassVar[str] = "palestra/BasicArithmetic-v1"
    Config: ClassVar[type[BasicArithmeticConfig]] = BasicArithmeticConfig
    templates = (
        "Calculate {expression}.",
        "What is {expression}?",
        "Evaluate {expression}.",
        "Find the number that {expression} is equal to.",
    )
    answer_format = "End your reply with the result alone on the last line."
    verifier = NumberAnswer()
    floor = 0.08

    def draw(self, rng: KeyedRandom) -> Expression:
        """Draw an expression from the top down."""
        high = self.config.high
        grammar = Grammar(
            operators=self.config.operators, atom=lambda rng: Fraction(rng.between(1, high)), write=str, limit=_LIMIT
        )
        return grammar.draw(self.config.num_steps, rng)

    def canonical(self, key: Expression) -> str:
        """The expression with the operands of + and * in a fixed order."""
        return key.canonical

    def composition(self, key: Expression) -> str:
        """The operators, where there are several."""
        operators = key.operators()
        return operators if len(operators) > 1 else ""

    def build(self, key: Expression, rng: KeyedRandom) -> Content:
        """Ask for the value."""
        return Content(
            slots={"expression": key.text},
            reference=str(key.value),
            effort=len(key.text),
            meta={"num_steps": self.config.num_steps},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A whole number of common size."""
        return str(rng.between(-self.config.high, 10 * self.config.high))
