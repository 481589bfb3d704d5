"""Antiderivatives: the integrand is the derivative of a drawn function, and every antiderivative is right."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import ClassVar

from palestra.envs.answers import check_lead, final_line
from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.families.algebra.polynomial import polynomial_text
from palestra.envs.families.kinds import check_kinds
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.math.arithmetic.equality import compare_values
from palestra.verifiers.math.arithmetic.steps import Steps
from palestra.verifiers.math.errors import OutOfStepsError, UnreadableError
from palestra.verifiers.math.parsing.parser import parse
from palestra.verifiers.math.parsing.substitution import substitute
from palestra.verifiers.math.parsing.syntax import (
    Call,
    Constant,
    Negation,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    children,
    symbols,
)
from palestra.verifiers.verdict import Verdict
from palestra.verifiers.verifier import Verifier

_CONSTANT = re.compile(r"\s*\+\s*(?:[Cck]|const(?:ant)?)\s*\Z")
_FUNCTIONS = frozenset({"sin", "cos", "tan", "exp", "ln", "log", "sqrt", "abs", "sinh", "cosh", "tanh"})
_PARTS = (Call, Constant, Negation, Number, Power, Product, Quotient, Sum, Symbol)
_POINT = Number(Fraction(3, 2))
_MAX_CHARS = 2000


class AntiderivativeAnswer(Verifier[Node]):
    """PASS when the final line differs from the reference by a constant.

    The answer F and the reference G are compared as F(x) + G(3/2) and G(x) + F(3/2): the two are equal for
    all x exactly where F - G is constant. Only elementary functions of x are read, so an integral that is
    written down and not found is no answer.

    Reference: one antiderivative, as an expression in x.
    """

    name: ClassVar[str] = "antiderivative-answer"

    def parse_reference(self, reference: str) -> Node:
        """Read the function."""
        return _read_reference(reference)

    def judge(self, response: str, reference: Node) -> Verdict:
        """Compare up to a constant."""
        line = final_line(response)
        answer = _read(line)
        left = Sum((answer, substitute(reference, {"x": _POINT})))
        right = Sum((reference, substitute(answer, {"x": _POINT})))
        try:
            finding = compare_values(left, right, Steps())
        except OutOfStepsError as error:
            return Verdict.failed(f"not shown to be right: {error}")
        if finding.agrees:
            return Verdict.passed("it differs from the right function by a constant")
        return Verdict.failed(f"`{quote(line)}` has another derivative")


@lru_cache(maxsize=8192)
def _read_reference(reference: str) -> Node:
    try:
        return _read(reference)
    except NoAnswerError as error:
        raise ValueError(str(error)) from None


def _read(line: str) -> Node:
    """A function of x.

    Raises:
        NoAnswerError: The line is none.
    """
    lead, equals, value = line.rpartition("=")
    check_lead(lead + equals)
    text = _CONSTANT.sub("", value.strip(" $`*"))
    if len(text) > _MAX_CHARS:
        raise NoAnswerError(f"a function of {len(text)} characters")
    try:
        tree = parse(text)
    except UnreadableError as error:
        raise NoAnswerError(f"`{quote(line)}` is no function of x: {error}") from None
    if not _is_elementary(tree) or not symbols(tree) <= {"x"}:
        raise NoAnswerError(f"`{quote(line)}` is no elementary function of x")
    return tree


def _is_elementary(tree: Node) -> bool:
    if not isinstance(tree, _PARTS) or (isinstance(tree, Call) and tree.function not in _FUNCTIONS):
        return False
    if isinstance(tree, Constant) and tree.name not in ("e", "pi"):
        return False
    return all(_is_elementary(child) for child in children(tree))


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """A function and its derivative."""

    function: str
    derivative: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AntiderivativeConfig(FamilyConfig):
    """Which integrands are asked."""

    num_terms: int = stages(1, 2, 2, 2, 3, 2, 2, 2, 3, 3, choices=tuple(range(1, 7)))
    """How many terms the integrand has, 1..6."""
    kinds: str = stages(
        "power",
        "power",
        "power elementary",
        "power elementary",
        "power elementary",
        "power elementary chain",
        "elementary chain parts",
        *["chain parts log"] * 3,
        choices=(),
    )
    """Kinds of terms, separated by spaces: power elementary chain parts log."""
    high: int = geometric(12, 12, low=4, high=100)
    """Size of the numbers."""

    def check(self) -> None:
        """The kinds exist."""
        check_kinds("kinds", self.kinds, _TERMS)


@dataclass(frozen=True, kw_only=True, slots=True)
class AntiderivativeKey:
    """Terms, with their kinds."""

    kinds: tuple[str, ...]
    terms: tuple[Term, ...]


class Antiderivative(Question[AntiderivativeConfig, AntiderivativeKey]):
    """Questions such as `Find an antiderivative of 6x^2 + cos(3x)`."""

    id: ClassVar[str] = "palestra/Antiderivative-v1"
    Config: ClassVar[type[AntiderivativeConfig]] = AntiderivativeConfig
    templates = (
        "Find an antiderivative of {integrand}.",
        "Integrate {integrand} with respect to x.",
        "Calculate the indefinite integral of {integrand} dx.",
        "Which function of x has the derivative {integrand}?",
    )
    answer_format = (
        "ln is the natural logarithm; x is positive where it occurs in one. "
        "End your reply with the function alone on the last line; a constant of integration may be left out."
    )
    verifier = AntiderivativeAnswer()
    floor = 0.05

    def draw(self, rng: KeyedRandom) -> AntiderivativeKey:
        """Draw the terms."""
        kinds = tuple(rng.choice(self.config.kinds.split()) for _ in range(self.config.num_terms))
        return AntiderivativeKey(kinds=kinds, terms=tuple(_TERMS[kind](self.config.high, rng) for kind in kinds))

    def canonical(self, key: AntiderivativeKey) -> str:
        """The terms in a fixed order."""
        return " + ".join(sorted(term.derivative for term in key.terms))

    def composition(self, key: AntiderivativeKey) -> str:
        """The kinds of terms, where there are several."""
        return " ".join(sorted(key.kinds)) if len(set(key.kinds)) > 1 else ""

    def build(self, key: AntiderivativeKey, rng: KeyedRandom) -> Content | None:
        """Ask for the function, if no term occurs twice."""
        if len({term.derivative for term in key.terms}) < len(key.terms):
            return None
        return Content(
            slots={"integrand": " + ".join(term.derivative for term in key.terms)},
            reference=" + ".join(term.function for term in key.terms),
            effort=sum(len(term.derivative) for term in key.terms),
            meta={"num_terms": len(key.terms)},
        )

    def hacks(self, task: Task) -> tuple[str, ...]:
        """The integral that is written and not found, names for it, and what a constant must not hide."""
        right = task.reference
        return ("\\int f(x) dx", "F(x)", "F(x) + C", "x", "C", f"{right} + C*x", f"{right} + x", f"{right} + 0/0")

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Another function."""
        return self.draw(rng).terms[0].function


def _power(high: int, rng: KeyedRandom) -> Term:
    factor, n = rng.between(2, high), rng.between(1, 8)
    value = Fraction(factor, n + 1)
    return Term(function=f"({value})*x^{n + 1}", derivative=f"{factor}x^{n}" if n > 1 else f"{factor}x")


def _elementary(high: int, rng: KeyedRandom) -> Term:
    a, c = rng.between(2, high), rng.between(2, high)
    value = Fraction(c, a)
    texts = {
        "sin": Term(function=f"({-value})*cos({a}x)", derivative=f"{c}sin({a}x)"),
        "cos": Term(function=f"({value})*sin({a}x)", derivative=f"{c}cos({a}x)"),
        "exp": Term(function=f"({value})*e^({a}x)", derivative=f"{c}e^({a}x)"),
    }
    return texts[rng.choice(("sin", "cos", "exp"))]


def _chain(high: int, rng: KeyedRandom) -> Term:
    """A function of a polynomial, times the derivative of the polynomial."""
    a, b, c = rng.between(1, 4), rng.between(-high, high), rng.between(1, high)
    inner, slope = polynomial_text((c, b, a)), polynomial_text((b, 2 * a))
    n = rng.between(2, 6)
    texts = {
        "sin": Term(function=f"-cos({inner})", derivative=f"({slope})*sin({inner})"),
        "cos": Term(function=f"sin({inner})", derivative=f"({slope})*cos({inner})"),
        "exp": Term(function=f"e^({inner})", derivative=f"({slope})*e^({inner})"),
        "power": Term(function=f"(1/{n + 1})*({inner})^{n + 1}", derivative=f"({slope})*({inner})^{n}"),
    }
    return texts[rng.choice(("sin", "cos", "exp", "power"))]


def _parts(high: int, rng: KeyedRandom) -> Term:
    """A linear factor times an elementary function, as integration by parts undoes it."""
    a, p, q = rng.between(2, high // 2 + 1), rng.between(1, high), rng.between(-high, high)
    scaled = polynomial_text((a * a * q, a * a * p))
    line = polynomial_text((a * q, a * p))
    texts = {
        "exp": Term(function=f"({polynomial_text((a * q - p, a * p))})*e^({a}x)", derivative=f"({scaled})*e^({a}x)"),
        "sin": Term(function=f"{p}*sin({a}x) - ({line})*cos({a}x)", derivative=f"({scaled})*sin({a}x)"),
        "cos": Term(function=f"({line})*sin({a}x) + {p}*cos({a}x)", derivative=f"({scaled})*cos({a}x)"),
    }
    return texts[rng.choice(("exp", "sin", "cos"))]


def _log(high: int, rng: KeyedRandom) -> Term:
    """A power of x times the logarithm."""
    n, c = rng.between(1, 6), rng.between(1, high)
    factor = (n + 1) ** 2 * c
    power = "x" if n == 1 else f"x^{n}"
    return Term(function=f"{c * (n + 1)}*x^{n + 1}*ln(x) - {c}*x^{n + 1}", derivative=f"{factor}*{power}*ln(x)")


_TERMS: dict[str, Callable[[int, KeyedRandom], Term]] = {
    "power": _power,
    "elementary": _elementary,
    "chain": _chain,
    "parts": _parts,
    "log": _log,
}
