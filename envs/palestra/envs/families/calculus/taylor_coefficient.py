"""Coefficients of Taylor series of products of elementary functions."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import comb, factorial
from typing import ClassVar

from palestra.envs.answers import NumberAnswer
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.kinds import check_kinds
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_KINDS = ("power", "geometric", "exponential", "log", "sine", "cosine")


@dataclass(frozen=True, kw_only=True, slots=True)
class TaylorCoefficientConfig(FamilyConfig):
    """Which series are asked."""

    num_factors: int = stages(1, 1, 1, 2, 2, 2, 2, 3, 3, 4, choices=tuple(range(1, 7)))
    """How many functions are multiplied, 1..6."""
    kinds: str = stages(
        "power",
        "power geometric",
        "power geometric exponential",
        *["power geometric exponential log"] * 3,
        *["power geometric exponential log sine cosine"] * 4,
        choices=(),
    )
    """Kinds of functions, separated by spaces: power geometric exponential log sine cosine."""
    order: int = ramp(3, 7, low=2, high=20)
    """Highest power of x that is asked for; the lowest is 2."""
    high: int = ramp(9, 5, low=2, high=100)
    """Largest number in the functions."""

    def check(self) -> None:
        """The kinds exist."""
        check_kinds("kinds", self.kinds, _KINDS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Factor:
    """A kind of function and its numbers."""

    kind: str
    a: int
    n: int = 1
    """Exponent of a power."""

    def text(self) -> str:
        """Such as `e^(3x)`."""
        ax = "x" if self.a == 1 else "-x" if self.a == -1 else f"{self.a}x"
        sum_text = f"1 {'-' if self.a < 0 else '+'} {ax.removeprefix('-')}"
        texts = {
            "power": f"({sum_text})^{self.n}",
            "geometric": f"1/({sum_text})",
            "exponential": f"e^({ax})",
            "log": f"ln({sum_text})",
            "sine": f"sin({ax})",
            "cosine": f"cos({ax})",
        }
        return texts[self.kind]

    def coefficient(self, k: int) -> Fraction:
        """The coefficient of x^k."""
        power = self.a**k
        if self.kind == "power":
            return Fraction(comb(self.n, k) * power)
        if self.kind == "geometric":
            return Fraction(-power if k % 2 else power)
        if self.kind == "log":
            return Fraction(power if k % 2 else -power, k) if k else Fraction(0)
        if self.kind == "exponential":
            return Fraction(power, factorial(k))
        if k % 2 != (self.kind == "sine"):
            return Fraction(0)
        return Fraction(-power if k // 2 % 2 else power, factorial(k))


@dataclass(frozen=True, kw_only=True, slots=True)
class TaylorKey:
    """Functions that are multiplied, and the power that is asked for."""

    factors: tuple[Factor, ...]
    order: int


class TaylorCoefficient(Question[TaylorCoefficientConfig, TaylorKey]):
    """Questions such as `the coefficient of x^3 in e^(2x) * (1 + x)^5`."""

    id: ClassVar[str] = "palestra/TaylorCoefficient-v1"
    Config: ClassVar[type[TaylorCoefficientConfig]] = TaylorCoefficientConfig
    templates = (
        "What is the coefficient of x^{order} in the Taylor series of {function} at 0?",
        "Expand {function} in powers of x. What is the coefficient of x^{order}?",
        "Find the coefficient of x^{order} in the power series of {function} around x = 0.",
        "When {function} is written as a power series in x, which number stands before x^{order}?",
    )
    answer_format = (
        "End your reply with the coefficient alone on the last line: a whole number, or a fraction p/q in lowest terms."
    )
    verifier = NumberAnswer()
    floor = 0.05

    def draw(self, rng: KeyedRandom) -> TaylorKey:
        """Draw functions and a power."""
        factors = tuple(self._factor(rng) for _ in range(self.config.num_factors))
        return TaylorKey(factors=factors, order=rng.between(max(2, self.config.order - 2), self.config.order))

    def canonical(self, key: TaylorKey) -> str:
        """The functions in a fixed order, and the power."""
        return f"{sorted(factor.text() for factor in key.factors)} {key.order}"

    def composition(self, key: TaylorKey) -> str:
        """The kinds of functions, where there are several."""
        kinds = sorted(factor.kind for factor in key.factors)
        return " ".join(kinds) if len(set(kinds)) > 1 else ""

    def build(self, key: TaylorKey, rng: KeyedRandom) -> Content | None:
        """Ask for the coefficient; 0 would be too good a guess."""
        series = [key.factors[0].coefficient(k) for k in range(key.order + 1)]
        for factor in key.factors[1:]:
            other = [factor.coefficient(k) for k in range(key.order + 1)]
            series = [sum((series[i] * other[k - i] for i in range(k + 1)), Fraction(0)) for k in range(key.order + 1)]
        if series[-1] == 0:
            return None
        return Content(
            slots={"function": " * ".join(factor.text() for factor in key.factors), "order": str(key.order)},
            reference=str(series[-1]),
            effort=len(key.factors) * key.order,
            meta={"order": key.order},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A number of common size."""
        order = int(task.meta["order"])
        return str(Fraction(rng.between(1, self.config.high**2), factorial(rng.below(order + 1))))

    def _factor(self, rng: KeyedRandom) -> Factor:
        kind = rng.choice(self.config.kinds.split())
        a = rng.between(1, self.config.high) * (1 if rng.below(2) else -1)
        return Factor(kind=kind, a=a, n=rng.between(3, 9) if kind == "power" else 1)
