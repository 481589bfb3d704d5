"""Quadratic equations with two different roots: whole, rational, irrational or complex."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd, isqrt
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

_KINDS = ("whole", "rational", "irrational", "complex")


@dataclass(frozen=True, kw_only=True, slots=True)
class QuadraticRootsConfig(FamilyConfig):
    """Which equations are asked."""

    kinds: str = stages(
        "whole",
        "whole",
        "whole rational",
        "rational",
        "rational irrational",
        *["rational irrational complex"] * 2,
        *["irrational complex"] * 3,
        choices=(),
    )
    """Kinds of roots, separated by spaces: whole rational irrational complex."""
    high: int = geometric(9, 30, low=4, high=1000)
    """Size of roots, and of coefficients where the roots are not rational."""

    def check(self) -> None:
        """The kinds exist."""
        check_kinds("kinds", self.kinds, _KINDS)


@dataclass(frozen=True, kw_only=True, slots=True)
class QuadraticKey:
    """`a*x^2 + b*x + c`, without a common factor; a is 0 where no equation of the kind was drawn."""

    a: int
    b: int
    c: int


class QuadraticRoots(Question[QuadraticRootsConfig, QuadraticKey]):
    """Equations such as `2x^2 - 3x - 5 = 0`."""

    id: ClassVar[str] = "palestra/QuadraticRoots-v1"
    Config: ClassVar[type[QuadraticRootsConfig]] = QuadraticRootsConfig
    templates = (
        "Solve {polynomial} = 0 for x.",
        "Find both roots of {polynomial}.",
        "For which complex numbers x is {polynomial} = 0?",
        "Which x satisfy {polynomial} = 0, complex numbers included?",
    )
    answer_format = (
        "End your reply with both roots, exact and separated by a comma, on the last line; "
        "write sqrt(d) for a square root and i for the imaginary unit."
    )
    # An equation that restates the question has the right roots, and whether a list equals it is undecided.
    verifier = MathLineAnswer(undecided=Strict())

    def draw(self, rng: KeyedRandom) -> QuadraticKey:
        """Draw roots, or coefficients of the right kind."""
        kind, high = rng.choice(self.config.kinds.split()), self.config.high
        if kind in ("whole", "rational"):
            p, q = (1, 1) if kind == "whole" else (rng.between(2, 7), rng.between(1, 7))
            r, s = (rng.between(-high, high) for _ in range(2))
            return _primitive(p * q, -(p * s + q * r), r * s)
        a, b, c = rng.between(1, 5), rng.between(-high, high), rng.between(-high, high)
        if kind == "complex":
            c = b * b // (4 * a) + rng.between(1, high)
        elif b * b <= 4 * a * c:
            c = -abs(c)
        return _primitive(a, b, c)

    def build(self, key: QuadraticKey, rng: KeyedRandom) -> Content | None:
        """Ask for the roots, if there are two."""
        a, b, c = key.a, key.b, key.c
        discriminant = b * b - 4 * a * c
        if discriminant == 0 or c == 0:
            return None
        return Content(
            slots={"polynomial": polynomial_text((c, b, a))},
            reference=_roots(a, b, discriminant),
            effort=_work(a, discriminant),
        )

    def hacks(self, task: Task) -> tuple[str, ...]:
        """The equation again, names for the roots, and one root alone."""
        one, _, _ = task.reference.partition(", ")
        return ("x^2 = x^2", "x", "x_1, x_2", "x = x", one, f"{task.reference}, 0", "(-b - sqrt(b^2 - 4*a*c))/(2*a)")

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Two whole numbers."""
        high = self.config.high
        return f"{rng.between(-high, high)}, {rng.between(-high, high)}"


def _primitive(a: int, b: int, c: int) -> QuadraticKey:
    common = gcd(a, b, c)
    return QuadraticKey(a=a // common, b=b // common, c=c // common)


def _roots(a: int, b: int, discriminant: int) -> str:
    root = isqrt(abs(discriminant))
    if discriminant > 0 and root * root == discriminant:
        return f"{Fraction(-b - root, 2 * a)}, {Fraction(-b + root, 2 * a)}"
    square = f"sqrt({abs(discriminant)})" if root * root != abs(discriminant) else str(root)
    imaginary = "*i" if discriminant < 0 else ""
    return f"({-b} - {square}{imaginary})/{2 * a}, ({-b} + {square}{imaginary})/{2 * a}"


def _work(a: int, discriminant: int) -> int:
    is_square = discriminant > 0 and isqrt(discriminant) ** 2 == discriminant
    return (1 if is_square else 2 if discriminant > 0 else 3) * 4 + (abs(discriminant) * a).bit_length()
