"""Random expressions that no text on the web contains, and their exact values.

Source: RandomCalculation, https://arxiv.org/abs/2507.10532 (atoms, 1 to 20 steps, continuous reward). The
shape of the trees, the bounds on intermediate values and the prompt are our own.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from palestra.envs.answers import final_number
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.kinds import check_kinds
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers import CalculationVerifier, ContinuousCalculationVerifier, Verifier
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict

_KINDS = ("integer", "fraction", "square", "cube")
_OPERATORS = "+-*/"
_MAX_PART = 10**18  # numerators and denominators on the way; beyond it answers teach patience, not arithmetic
_MAX_DIVISOR = 10**4
_MAX_TRIES = 16


class CalculationAnswer(CalculationVerifier):
    """Judges the final line as `CalculationVerifier` does; no number is picked out of prose."""

    name: ClassVar[str] = "calculation-answer"

    def judge(self, response: str, reference: Fraction) -> Verdict:
        """Compare the number of the final line."""
        return super().judge(final_number(response), reference)


class ContinuousCalculationAnswer(ContinuousCalculationVerifier):
    """Judges the final line as `ContinuousCalculationVerifier` does; no number is picked out of prose."""

    name: ClassVar[str] = "continuous-calculation-answer"

    def judge(self, response: str, reference: Fraction) -> Verdict:
        """Score the number of the final line."""
        return super().judge(final_number(response), reference)


@dataclass(frozen=True, kw_only=True, slots=True)
class RandomCalculationConfig(FamilyConfig):
    """Which expressions are asked."""

    difficulty: float = 0.4
    """From 0 (trivial) to 1 (hard); sets the parameters that are left open."""
    num_steps: int = stages(1, 2, 2, 3, 5, 7, 10, 13, 16, 20, choices=tuple(range(1, 51)))
    """How many operators the expression has, 1..50."""
    atoms: str = stages("integer", "integer", *["integer fraction square cube"] * 8, choices=())
    """Kinds of numbers, separated by spaces: integer fraction square cube."""
    high: int = ramp(100, 100, low=2, high=1000)
    """Largest whole number; fractions, squares and cubes are built from 0..high too."""

    def check(self) -> None:
        """The kinds of numbers exist."""
        check_kinds("atoms", self.atoms, _KINDS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """An expression: how it is written, which expressions are the same, and its value."""

    text: str
    canonical: str
    value: Fraction


_TOO_LARGE = Term(text="", canonical="", value=Fraction(0))
"""Stands for drawn atoms that could not be joined within the bounds."""


class RandomCalculation(Question[RandomCalculationConfig, Term]):
    """Expressions in + - * / with explicit parentheses, over whole numbers, fractions, squares, cubes."""

    id: ClassVar[str] = "palestra/RandomCalculation-v1"
    puzzles: ClassVar[str] = "random-calculation"
    Config: ClassVar[type[RandomCalculationConfig]] = RandomCalculationConfig
    templates = (
        "Calculate {expression}",
        "What is the exact value of {expression} ?",
        "Work out {expression}",
        "To what does {expression} simplify?",
    )
    answer_format = (
        "Think if you like. End with the exact result: a whole number, a fraction p/q in lowest terms, "
        "or a decimal rounded to at least four places."
    )
    verifier: ClassVar[Verifier[Fraction]] = CalculationAnswer()

    def draw(self, rng: KeyedRandom) -> Term:
        """Draw atoms and join neighbours until one expression is left."""
        kinds = self.config.atoms.split()
        for _ in range(_MAX_TRIES):
            terms = [_atom(rng.choice(kinds), self.config.high, rng) for _ in range(self.config.num_steps + 1)]
            joined = _joined_all(terms, rng)
            if joined is not None:
                return joined
        return _TOO_LARGE

    def canonical(self, key: Term) -> str:
        """The expression with the operands of + and * in a fixed order."""
        return key.canonical

    def build(self, key: Term, rng: KeyedRandom) -> Content | None:
        """Ask for the exact value."""
        if key is _TOO_LARGE:
            return None
        return Content(
            slots={"expression": key.text[1:-1]},
            reference=str(key.value),
            effort=self.config.num_steps,
            meta={"num_steps": self.config.num_steps},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A whole number or a fraction of common size."""
        number = Fraction(rng.between(-999, 999), rng.choice((1, 1, rng.between(2, 99))))
        return str(number)


class RandomCalculationContinuous(RandomCalculation):
    """The same expressions, for the reward that pays by distance."""

    id: ClassVar[str] = "palestra/RandomCalculationContinuous-v1"
    verifier = ContinuousCalculationAnswer()


def _atom(kind: str, high: int, rng: KeyedRandom) -> Term:
    base = rng.between(0, high)
    if kind == "integer":
        text, value = str(base), Fraction(base)
    elif kind == "fraction":
        value = Fraction(base, rng.between(2, high))
        text = str(value) if value.denominator == 1 else f"({value})"
    else:
        power = 2 if kind == "square" else 3
        text, value = f"{base}^{power}", Fraction(base**power)
    return Term(text=text, canonical=text, value=value)


def _joined_all(terms: list[Term], rng: KeyedRandom) -> Term | None:
    while len(terms) > 1:
        first = rng.below(len(terms) - 1)
        for offset in range(len(terms) - 1):
            i = (first + offset) % (len(terms) - 1)
            joined = _joined(terms[i], terms[i + 1], rng)
            if joined is not None:
                terms[i : i + 2] = [joined]
                break
        else:
            return None
    return terms[0]


def _joined(a: Term, b: Term, rng: KeyedRandom) -> Term | None:
    """Both terms with a random operator; the value is neither 0, which would be easy to guess, nor too large."""
    operators = list(_OPERATORS)
    rng.shuffle(operators)
    for operator in operators:
        value = _apply(a.value, operator, b.value)
        if value and abs(value.numerator) <= _MAX_PART and value.denominator <= _MAX_PART:
            left, right = (a.canonical, b.canonical) if operator in "-/" else sorted((a.canonical, b.canonical))
            return Term(text=f"({a.text} {operator} {b.text})", canonical=f"({left}{operator}{right})", value=value)
    return None


def _apply(a: Fraction, operator: str, b: Fraction) -> Fraction | None:
    if operator == "+":
        return a + b
    if operator == "-":
        return a - b
    if operator == "*":
        return a * b
    # A long divisor makes a long denominator, which would use up the room of all later steps.
    return a / b if 0 < abs(b.numerator) <= _MAX_DIVISOR else None
