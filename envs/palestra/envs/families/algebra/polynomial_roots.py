"""Polynomials with several integer roots."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer
from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.families.algebra.polynomial import multiplied, polynomial_text
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class PolynomialRootsConfig(FamilyConfig):
    """Which polynomials are asked."""

    num_roots: int = stages(2, 2, 2, 3, 3, 3, 4, 4, 5, 6, choices=tuple(range(1, 11)))
    """How many linear factors there are, 1..10; roots may repeat."""
    high: int = geometric(9, 15, low=2, high=1000)
    """Roots lie in -high..high."""
    has_quadratic: bool = stages(False, False, False, False, False, True)
    """Whether there is a quadratic factor without real roots too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PolynomialRootsKey:
    """Roots in order, and a quadratic factor `x^2 + b*x + c` that has none; `()` where there is no such factor."""

    roots: tuple[int, ...]
    quadratic: tuple[int, ...]


class PolynomialRoots(Question[PolynomialRootsConfig, PolynomialRootsKey]):
    """Questions such as `Find all integer roots of x^3 - 6x^2 + 11x - 6`."""

    id: ClassVar[str] = "palestra/PolynomialRoots-v1"
    Config: ClassVar[type[PolynomialRootsConfig]] = PolynomialRootsConfig
    templates = (
        "Find all integer roots of {polynomial}.",
        "For which integers x is {polynomial} = 0?",
        "Which integers solve {polynomial} = 0?",
        "List every whole number x, negative ones included, at which {polynomial} vanishes.",
    )
    answer_format = (
        "End your reply with the different roots in increasing order, separated by commas, on the last line."
    )
    verifier = IntegersAnswer()

    def draw(self, rng: KeyedRandom) -> PolynomialRootsKey:
        """Draw the factors."""
        high = self.config.high
        roots = tuple(sorted(rng.between(-high, high) for _ in range(self.config.num_roots)))
        if not self.config.has_quadratic:
            return PolynomialRootsKey(roots=roots, quadratic=())
        b = rng.between(-6, 6)
        return PolynomialRootsKey(roots=roots, quadratic=(b * b // 4 + rng.between(1, 9), b, 1))

    def build(self, key: PolynomialRootsKey, rng: KeyedRandom) -> Content | None:
        """Ask for the roots, if there are two different ones and 0 is none."""
        roots = sorted(set(key.roots))
        if len(roots) < min(2, len(key.roots)) or 0 in roots:
            return None
        coefficients = list(key.quadratic) or [1]
        for root in key.roots:
            coefficients = multiplied(coefficients, (-root, 1))
        return Content(
            slots={"polynomial": polynomial_text(coefficients)},
            reference=json.dumps(roots),
            effort=len(coefficients),
            meta={"degree": len(coefficients) - 1},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Some numbers in order."""
        return ", ".join(map(str, sorted(set(self.draw(rng).roots))))
