"""Limits that are rational numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from palestra.envs.answers import NumberAnswer
from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.families.algebra.polynomial import multiplied, polynomial_text
from palestra.envs.families.kinds import check_kinds
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitConfig(FamilyConfig):
    """Which limits are asked."""

    kinds: str = stages(
        "infinity",
        "infinity cancel",
        "infinity cancel",
        "cancel",
        "cancel sine",
        "cancel sine exponential",
        "cancel sine exponential root",
        *["cancel exponential root cosine"] * 3,
        choices=(),
    )
    """Kinds of limits, separated by spaces: infinity cancel sine exponential root cosine."""
    degree: int = stages(1, 1, 1, 1, 2, 2, 2, 3, 3, 4, choices=tuple(range(1, 9)))
    """Degree of what is left of a fraction when the common factor is cancelled, 1..8."""
    high: int = geometric(9, 15, low=4, high=1000)
    """Largest coefficient."""

    def check(self) -> None:
        """The kinds exist."""
        check_kinds("kinds", self.kinds, _WRITERS)


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitKey:
    """An expression, where x goes, and the limit; None where there is no finite one."""

    expression: str
    point: str
    value: Fraction | None
    work: int
    """How many steps the limit takes, by kind and degree."""


class Limit(Question[LimitConfig, LimitKey]):
    """Questions such as `the limit of (x^2 - 4)/(x - 2) as x goes to 2`."""

    id: ClassVar[str] = "palestra/Limit-v1"
    Config: ClassVar[type[LimitConfig]] = LimitConfig
    templates = (
        "Find the limit of {expression} as x goes to {point}.",
        "What does {expression} tend to as x approaches {point}?",
        "Calculate lim {expression} for x -> {point}.",
        "Let x tend to {point}. What is the limit of {expression}?",
    )
    answer_format = (
        "End your reply with the limit alone on the last line: a whole number, or a fraction p/q in lowest terms."
    )
    verifier = NumberAnswer()
    floor = 0.1

    def draw(self, rng: KeyedRandom) -> LimitKey:
        """Draw a kind and its numbers."""
        kind = rng.choice(self.config.kinds.split())
        return _WRITERS[kind](self.config.degree, self.config.high, rng)

    def canonical(self, key: LimitKey) -> str:
        """The expression and the point."""
        return f"{key.expression} {key.point}"

    def build(self, key: LimitKey, rng: KeyedRandom) -> Content | None:
        """Ask for the limit; 0 would be too good a guess."""
        if not key.value:
            return None
        return Content(
            slots={"expression": key.expression, "point": key.point},
            reference=str(key.value),
            effort=key.work,
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A fraction of common size."""
        high = self.config.high
        return str(Fraction(rng.between(-high, high), rng.between(1, high)))


def _drawn(degree: int, high: int, rng: KeyedRandom) -> tuple[int, ...]:
    leading = rng.between(1, high)
    return (*(rng.between(-high, high) for _ in range(degree)), leading if rng.below(3) else -leading)


def _ratio(top: tuple[int, ...] | list[int], bottom: tuple[int, ...] | list[int]) -> str:
    return f"({polynomial_text(top)})/({polynomial_text(bottom)})"


def _infinity(degree: int, high: int, rng: KeyedRandom) -> LimitKey:
    top, bottom = _drawn(degree + 1, high, rng), _drawn(degree + 1, high, rng)
    return LimitKey(expression=_ratio(top, bottom), point="infinity", value=Fraction(top[-1], bottom[-1]), work=1)


def _cancel(degree: int, high: int, rng: KeyedRandom) -> LimitKey:
    point = rng.between(-high, high)
    top, bottom = _drawn(degree, high, rng), _drawn(degree - 1, high, rng)
    above, below = (sum(c * point**i for i, c in enumerate(part)) for part in (top, bottom))
    value = Fraction(above, below) if below else None
    expression = _ratio(multiplied(top, (-point, 1)), multiplied(bottom, (-point, 1)))
    return LimitKey(expression=expression, point=str(point), value=value, work=2 + 2 * degree)


def _sine(_degree: int, high: int, rng: KeyedRandom) -> LimitKey:
    a, b, c = (rng.between(2, high) for _ in range(3))
    below, value = rng.choice(((f"sin({b}x)", Fraction(a, b)), (f"({b}x)", Fraction(a, b))))
    return LimitKey(expression=f"{c}*sin({a}x)/{below}", point="0", value=c * value, work=5)


def _exponential(_degree: int, high: int, rng: KeyedRandom) -> LimitKey:
    a, b, c = (rng.between(2, high) for _ in range(3))
    above = rng.choice((f"(e^({a}x) - 1)", f"ln(1 + {a}x)"))
    below = rng.choice((f"sin({b}x)", f"({b}x)", f"(e^({b}x) - 1)"))
    return LimitKey(expression=f"{c}*{above}/{below}", point="0", value=Fraction(a * c, b), work=6)


def _root(_degree: int, high: int, rng: KeyedRandom) -> LimitKey:
    """`(sqrt(s*x + t) - b)/(c*x - c*p)` with s*p + t = b^2."""
    point, b, c, s = rng.between(-high, high), rng.between(2, high), rng.between(1, high), rng.between(1, high)
    inside = polynomial_text((b * b - s * point, s))
    expression = f"(sqrt({inside}) - {b})/({polynomial_text((-c * point, c))})"
    return LimitKey(expression=expression, point=str(point), value=Fraction(s, 2 * b * c), work=8)


def _cosine(_degree: int, high: int, rng: KeyedRandom) -> LimitKey:
    a, b, c = (rng.between(2, high) for _ in range(3))
    below = rng.choice((f"({b}x^2)", f"(x*sin({b}x))", f"(x*(e^({b}x) - 1))"))
    return LimitKey(expression=f"{c}*(1 - cos({a}x))/{below}", point="0", value=Fraction(c * a * a, 2 * b), work=9)


_WRITERS: dict[str, Callable[[int, int, KeyedRandom], LimitKey]] = {
    "infinity": _infinity,
    "cancel": _cancel,
    "sine": _sine,
    "exponential": _exponential,
    "root": _root,
    "cosine": _cosine,
}
