"""Linear equations in one unknown."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from palestra.envs.answers import NumberAnswer
from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.families.algebra.polynomial import polynomial_text
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_VARIABLES = ("x", "y", "z", "t", "n")


@dataclass(frozen=True, kw_only=True, slots=True)
class LinearEquationConfig(FamilyConfig):
    """Which equations are asked."""

    num_terms: int = stages(1, 1, 2, 2, 3, 3, 4, 5, 6, 8, choices=tuple(range(1, 21)))
    """How many terms with the unknown there are, 1..20; from the second on they may stand on both sides."""
    high: int = geometric(9, 60, low=3, high=10_000)
    """Largest coefficient and constant."""
    has_factors: bool = stages(False, False, False, False, True)
    """Whether terms are products such as `3(2x - 5)`."""
    is_whole: bool = stages(True, True, True, True, True, True, False)
    """Whether the solution is a whole number."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LinearTerm:
    """`factor * (slope*x + offset)`, on the left or on the right."""

    factor: int
    slope: int
    offset: int
    is_left: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class LinearEquationKey:
    """The terms of an equation and the constant on its right side."""

    terms: tuple[LinearTerm, ...]
    constant: int
    solution: Fraction


class LinearEquation(Question[LinearEquationConfig, LinearEquationKey]):
    """Equations such as `3x + 5 = 20` and `2(3x - 1) - 4x = 5x + 7`."""

    id: ClassVar[str] = "palestra/LinearEquation-v1"
    Config: ClassVar[type[LinearEquationConfig]] = LinearEquationConfig
    templates = (
        "Solve {equation} for {variable}.",
        "Find {variable}: {equation}",
        "For which {variable} is {equation}?",
        "Determine the number {variable} that satisfies {equation}.",
    )
    answer_format = (
        "End your reply with the value alone on the last line: a whole number, or a fraction p/q in lowest terms."
    )
    verifier = NumberAnswer()
    floor = 0.1

    def draw(self, rng: KeyedRandom) -> LinearEquationKey:
        """Draw terms; where the solution is whole it is drawn too, and the constant follows from it."""
        config = self.config
        terms = tuple(self._term(index, rng) for index in range(config.num_terms))
        slope = sum(_signed(term) * term.slope for term in terms)
        offset = sum(_signed(term) * term.offset for term in terms)
        if config.is_whole:
            solution = Fraction(rng.between(-config.high, config.high))
            constant = int(slope * solution) + offset
        else:
            constant = rng.between(-config.high, config.high)
            solution = Fraction(constant - offset, slope) if slope else Fraction(0)
        return LinearEquationKey(terms=terms if slope else (), constant=constant, solution=solution)

    def canonical(self, key: LinearEquationKey) -> str:
        """The terms in a fixed order, and the constant."""
        return f"{sorted(map(repr, key.terms))} {key.constant}"

    def build(self, key: LinearEquationKey, rng: KeyedRandom) -> Content | None:
        """Ask for the solution; 0 would be too good a guess, and the right side no solution."""
        if not key.terms or key.solution in (0, key.constant):
            return None
        variable = rng.choice(_VARIABLES)
        left = _side([term for term in key.terms if term.is_left], variable)
        right = _side([term for term in key.terms if not term.is_left], variable)
        if not right:
            right = str(key.constant)
        elif key.constant:
            right += f" {'-' if key.constant < 0 else '+'} {abs(key.constant)}"
        equation = f"{left} = {right}"
        return Content(
            slots={"equation": equation, "variable": variable},
            reference=str(key.solution),
            effort=len(equation),
            meta={"num_terms": len(key.terms)},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A number that may be it."""
        high = self.config.high
        return str(Fraction(rng.between(-high, high), 1 if self.config.is_whole else rng.between(1, high)))

    def _term(self, index: int, rng: KeyedRandom) -> LinearTerm:
        high = self.config.high
        factor = rng.between(2, 9) if self.config.has_factors and rng.below(2) else 1
        slope, offset = rng.between(2 if factor == 1 else 1, high), rng.between(1, high)
        signs = rng.below(4) if index else rng.below(2) * 2
        return LinearTerm(
            factor=-factor if signs & 1 else factor,
            slope=slope,
            offset=-offset if signs & 2 else offset,
            is_left=index == 0 or rng.below(2) == 0,
        )


def _signed(term: LinearTerm) -> int:
    return term.factor if term.is_left else -term.factor


def _side(terms: list[LinearTerm], variable: str) -> str:
    text = ""
    for term in terms:
        inner = polynomial_text((term.offset, term.slope), variable)
        factor = "" if abs(term.factor) == 1 else str(abs(term.factor))
        body = f"{factor}({inner})" if factor or term.factor < 0 else inner
        sign = (" - " if term.factor < 0 else " + ") if text else ("-" if term.factor < 0 else "")
        text += f"{sign}{body}"
    return text
