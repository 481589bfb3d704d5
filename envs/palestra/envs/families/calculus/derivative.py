"""Derivatives of sums, products, quotients and compositions of elementary functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.families.algebra.math_line import MathLineAnswer
from palestra.envs.families.algebra.polynomial import polynomial_text
from palestra.envs.families.kinds import check_kinds
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.undecided import Strict


@dataclass(frozen=True, kw_only=True, slots=True)
class Function:
    """A function of x and its derivative, as texts that need no parentheses in a product."""

    text: str
    derivative: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DerivativeConfig(FamilyConfig):
    """Which functions are asked."""

    num_terms: int = stages(1, 2, 2, 2, 1, 2, 2, 2, 3, 3, choices=tuple(range(1, 7)))
    """How many terms are added, 1..6."""
    kinds: str = stages(
        "power",
        "power",
        "power elementary",
        "power elementary",
        "elementary product",
        "elementary product chain",
        "product chain",
        "product quotient chain",
        "product quotient chain",
        "product quotient chain tower",
        choices=(),
    )
    """Kinds of terms, separated by spaces: power elementary product quotient chain tower."""
    high: int = geometric(12, 12, low=3, high=100)
    """Largest coefficient."""

    def check(self) -> None:
        """The kinds exist."""
        check_kinds("kinds", self.kinds, _TERMS)


@dataclass(frozen=True, kw_only=True, slots=True)
class DerivativeKey:
    """Terms, with their kinds."""

    kinds: tuple[str, ...]
    terms: tuple[Function, ...]


class Derivative(Question[DerivativeConfig, DerivativeKey]):
    """Questions such as `f(x) = x^2 * sin(3x)`; every way to write the derivative is right."""

    id: ClassVar[str] = "palestra/Derivative-v1"
    Config: ClassVar[type[DerivativeConfig]] = DerivativeConfig
    templates = (
        "Differentiate {function} with respect to x.",
        "What is the derivative of {function}?",
        "Find f'(x) for f(x) = {function}.",
        "How fast does {function} change with x? Give the derivative.",
    )
    answer_format = (
        "ln is the natural logarithm. "
        "End your reply with the derivative alone on the last line, without a sign of differentiation in it."
    )
    # An answer that leaves the differentiation to be done cannot be decided, and is not paid.
    verifier = MathLineAnswer(undecided=Strict())
    floor = 0.05

    def draw(self, rng: KeyedRandom) -> DerivativeKey:
        """Draw the terms."""
        kinds = tuple(rng.choice(self.config.kinds.split()) for _ in range(self.config.num_terms))
        return DerivativeKey(kinds=kinds, terms=tuple(_TERMS[kind](self.config.high, rng) for kind in kinds))

    def canonical(self, key: DerivativeKey) -> str:
        """The terms in a fixed order."""
        return " + ".join(sorted(term.text for term in key.terms))

    def composition(self, key: DerivativeKey) -> str:
        """The kinds of terms, where there are several."""
        return " ".join(sorted(key.kinds)) if len(set(key.kinds)) > 1 else ""

    def build(self, key: DerivativeKey, rng: KeyedRandom) -> Content | None:
        """Ask for the derivative, if no term occurs twice."""
        if len({term.text for term in key.terms}) < len(key.terms):
            return None
        return Content(
            slots={"function": " + ".join(term.text for term in key.terms)},
            reference=" + ".join(term.derivative for term in key.terms),
            effort=sum(len(term.derivative) for term in key.terms),
            meta={"num_terms": len(key.terms)},
        )

    def hacks(self, task: Task) -> tuple[str, ...]:
        """The function with the differentiation left to do."""
        function = " ".join(task.prompt.split("\n")[0].split()[1:]).removesuffix(".")
        return (f"\\frac{{d}}{{dx}}({function})", f"d/dx ({function})", f"diff({function}, x)", "f'(x)", "x")

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """The derivative of another function."""
        return self.draw(rng).terms[0].derivative


def _power(high: int, rng: KeyedRandom) -> Function:
    factor, exponent = rng.between(2, high), rng.between(2, 9)
    text = f"{factor}x^{exponent}"
    return Function(text=text, derivative=f"{factor * exponent}*x^{exponent - 1}")


def _elementary(high: int, rng: KeyedRandom) -> Function:
    a = rng.between(2, high)
    outer = rng.choice(("sin", "cos", "exp"))
    return _applied(outer, Function(text=f"{a}x", derivative=str(a)))


def _polynomial(high: int, rng: KeyedRandom) -> Function:
    """A polynomial without real roots, or one that needs none: degree 2, with its parentheses."""
    a, b, c = rng.between(1, 4), rng.between(-high, high), rng.between(1, high)
    return Function(text=f"({polynomial_text((c, b, a))})", derivative=f"({2 * a}*x + {b})")


def _applied(outer: str, inner: Function) -> Function:
    """A function of a function; the inner text may have parentheses of its own."""
    bare = inner.text[1:-1] if inner.text.startswith("(") and inner.text.endswith(")") else inner.text
    if outer == "exp":
        return Function(text=f"e^({bare})", derivative=f"{inner.derivative}*e^({bare})")
    if outer == "sin":
        return Function(text=f"sin({bare})", derivative=f"{inner.derivative}*cos({bare})")
    return Function(text=f"cos({bare})", derivative=f"(-1)*{inner.derivative}*sin({bare})")


def _product(high: int, rng: KeyedRandom) -> Function:
    return _multiplied(_power(high, rng), _elementary(high, rng))


def _multiplied(u: Function, v: Function) -> Function:
    return Function(
        text=f"{u.text} * {v.text}",
        derivative=f"({u.derivative})*{v.text} + ({u.text})*({v.derivative})",
    )


def _quotient(high: int, rng: KeyedRandom) -> Function:
    u, c, a = rng.choice((_power, _elementary))(high, rng), rng.between(1, high), rng.between(1, 4)
    below = f"({polynomial_text((c, 0, a))})"
    return Function(
        text=f"({u.text}) / {below}",
        derivative=f"(({u.derivative})*{below} - ({u.text})*({2 * a}*x))/{below}^2",
    )


def _chain(high: int, rng: KeyedRandom) -> Function:
    kind = rng.choice(("sin", "cos", "exp", "power", "log"))
    if kind == "log":
        a, c = rng.between(1, high), rng.between(1, high)
        inner = polynomial_text((c, 0, a))
        return Function(text=f"ln({inner})", derivative=f"({2 * a}*x)/({inner})")
    inside = _polynomial(high, rng)
    if kind == "power":
        n = rng.between(3, 7)
        return Function(text=f"{inside.text}^{n}", derivative=f"{n}*{inside.text}^{n - 1}*{inside.derivative}")
    return _applied(kind, inside)


def _tower(high: int, rng: KeyedRandom) -> Function:
    """A function of a function of a function, times a power."""
    inner = _applied(rng.choice(("sin", "cos", "exp")), _polynomial(high, rng))
    return _multiplied(_power(high, rng), _applied(rng.choice(("sin", "cos")), inner))


_TERMS: dict[str, Callable[[int, KeyedRandom], Function]] = {
    "power": _power,
    "elementary": _elementary,
    "product": _product,
    "quotient": _quotient,
    "chain": _chain,
    "tower": _tower,
}
