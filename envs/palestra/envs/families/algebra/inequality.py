"""Inequalities with finitely many integer solutions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import isqrt
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer
from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.errors import ConfigError
from palestra.envs.families.algebra.polynomial import polynomial_text
from palestra.envs.families.kinds import check_kinds
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_KINDS = ("linear", "absolute", "quadratic")


@dataclass(frozen=True, kw_only=True, slots=True)
class InequalityConfig(FamilyConfig):
    """Which inequalities are asked."""

    kinds: str = stages(
        "linear",
        "linear",
        "linear absolute",
        "linear absolute",
        "absolute quadratic",
        *["linear absolute quadratic"] * 5,
        choices=(),
    )
    """Kinds of inequalities, separated by spaces: linear absolute quadratic."""
    num_parts: int = stages(1, 1, 1, 1, 1, 1, 2, 2, 3, 3, choices=(1, 2, 3, 4))
    """How many inequalities must hold together, 1..4."""
    slope: int = stages(1, 2, 3, 5, 6, 7, 8, 9, 12, 15, choices=())
    """Largest coefficient of the unknown."""
    high: int = geometric(12, 300, low=5, high=10**6)
    """Size of the constants."""

    def check(self) -> None:
        """The kinds exist, and the coefficient can be drawn."""
        check_kinds("kinds", self.kinds, _KINDS)
        if not 1 <= self.slope <= 10**6:
            raise ConfigError(f"`slope` must lie in 1..10**6, got {self.slope}\n\nhint: it is the largest coefficient")


@dataclass(frozen=True, kw_only=True, slots=True)
class InequalityPart:
    """An inequality, and what it says about x: `low <= slope*x + offset <= high`."""

    text: str
    slope: int
    offset: int
    low: int
    high: int
    work: int
    """How many steps it takes, by kind."""

    def integers(self) -> tuple[int, int]:
        """The smallest and the largest solution; crossed where there is none."""
        slope, offset = (self.slope, self.offset) if self.slope > 0 else (-self.slope, -self.offset)
        low, high = (self.low, self.high) if self.slope > 0 else (-self.high, -self.low)
        return -((offset - low) // slope), (high - offset) // slope


class Inequality(Question[InequalityConfig, tuple[InequalityPart, ...]]):
    """Questions such as `Which integers satisfy x^2 - 3x - 20 < 0?`; the ends of the solutions are asked for."""

    id: ClassVar[str] = "palestra/Inequality-v1"
    Config: ClassVar[type[InequalityConfig]] = InequalityConfig
    templates = (
        "Find the smallest and the largest integer x with {inequality}.",
        "Which integers x satisfy {inequality}? Give the smallest and the largest one.",
        "Let x be an integer with {inequality}. What are the least and the greatest possible x?",
        "Between which integers, both included, lie all integer solutions of {inequality}?",
    )
    answer_format = "End your reply with the smallest and the largest integer, separated by a comma, on the last line."
    verifier = IntegersAnswer()

    def draw(self, rng: KeyedRandom) -> tuple[InequalityPart, ...]:
        """Draw the inequalities."""
        kinds = self.config.kinds.split()
        return tuple(self._part(rng.choice(kinds), rng) for _ in range(self.config.num_parts))

    def canonical(self, key: tuple[InequalityPart, ...]) -> str:
        """The inequalities in a fixed order."""
        return " and ".join(sorted(part.text for part in key))

    def build(self, key: tuple[InequalityPart, ...], rng: KeyedRandom) -> Content | None:
        """Ask for the ends, if there are two solutions or more."""
        ends = [part.integers() for part in key]
        low, high = max(low for low, _ in ends), min(high for _, high in ends)
        if low >= high:
            return None
        text = " and ".join(part.text for part in key)
        return Content(
            slots={"inequality": text},
            reference=json.dumps([low, high]),
            effort=sum(part.work for part in key),
            meta={"num_parts": len(key)},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Two integers in order."""
        low = rng.between(-self.config.high, self.config.high)
        return f"{low}, {low + rng.between(1, self.config.high)}"

    def _part(self, kind: str, rng: KeyedRandom) -> InequalityPart:
        size, is_strict = self.config.high, rng.below(2)
        sign = "<" if is_strict else "<="
        slope = rng.between(1, self.config.slope) * (1 if rng.below(3) else -1 if self.config.slope > 1 else 1)
        offset = rng.between(1, size) * (1 if rng.below(2) else -1)
        inner = polynomial_text((offset, slope))
        if kind == "linear":
            low = rng.between(-size, size)
            high = low + abs(slope) + rng.between(2, 2 * size)
            text = f"{low} {sign} {inner} {sign} {high}"
        elif kind == "absolute":
            high = abs(slope) + rng.between(2, 2 * size)
            low, text = -high, f"|{inner}| {sign} {high}"
        else:
            return self._quadratic(offset, sign, rng)
        return InequalityPart(
            text=text,
            slope=slope,
            offset=offset,
            low=low + is_strict,
            high=high - is_strict,
            work=2 if kind == "linear" else 3,
        )

    def _quadratic(self, b: int, sign: str, rng: KeyedRandom) -> InequalityPart:
        """`a*x^2 + b*x + c < 0` says that (2*a*x + b)^2 is less than the discriminant."""
        a = rng.between(1, max(1, self.config.slope // 4))
        c = b * b // (4 * a) - rng.between(2, 4 * self.config.high)
        discriminant = b * b - 4 * a * c
        reach = isqrt(discriminant - 1) if sign == "<" else isqrt(discriminant)
        text = f"{polynomial_text((c, b, a))} {sign} 0"
        return InequalityPart(text=text, slope=2 * a, offset=b, low=-reach, high=reach, work=5)
