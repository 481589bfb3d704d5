"""Linear equations in two whole numbers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import gcd
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer
from palestra.envs.config import FamilyConfig, geometric
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class DiophantineConfig(FamilyConfig):
    """Which equations are asked."""

    coefficient: int = geometric(9, 2000, low=5, high=10**9)
    """Largest coefficient; the smallest is 2."""
    value: int = geometric(10, 300, low=3, high=10**6)
    """Largest drawn value of an unknown; the smallest is 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DiophantineKey:
    """`a*x + b*y = c`."""

    a: int
    b: int
    c: int


class Diophantine(Question[DiophantineConfig, DiophantineKey]):
    """Equations that have solutions in positive integers; the one with the smallest x is asked for."""

    id: ClassVar[str] = "palestra/Diophantine-v1"
    Config: ClassVar[type[DiophantineConfig]] = DiophantineConfig
    templates = (
        "Find positive integers x and y with {equation}, x as small as possible.",
        "Solve {equation} in positive integers; of several solutions take the one with the smallest x.",
        "Which positive integers x, y satisfy {equation}? Take the smallest possible x.",
        "Among all pairs of positive integers x, y with {equation}, find the one whose x is smallest.",
    )
    answer_format = "End your reply with x and y, separated by a comma, on the last line."
    verifier = IntegersAnswer()

    def draw(self, rng: KeyedRandom) -> DiophantineKey:
        """Draw coefficients and a solution."""
        config = self.config
        a, b = (rng.between(2, config.coefficient) for _ in range(2))
        x, y = (rng.between(1, config.value) for _ in range(2))
        return DiophantineKey(a=a, b=b, c=a * x + b * y)

    def canonical(self, key: DiophantineKey) -> str:
        """The equation, whichever unknown comes first."""
        return f"{sorted((key.a, key.b))} {key.c}"

    def build(self, key: DiophantineKey, rng: KeyedRandom) -> Content | None:
        """Ask for the solution, unless the coefficients are alike."""
        if key.a == key.b:
            return None
        return _content(key, _least_solution(key))

    def unsolvable(self, key: DiophantineKey, rng: KeyedRandom) -> Content | None:
        """Coefficients with a common factor that the right side lacks."""
        if key.a == key.b:
            return None
        factor = rng.between(2, 4)
        twin = DiophantineKey(a=factor * key.a, b=factor * key.b, c=factor * key.c + rng.between(1, factor - 1))
        return _content(twin, _least_solution(key))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Two positive numbers."""
        return f"{rng.between(1, self.config.value)}, {rng.between(1, self.config.value)}"


def _content(key: DiophantineKey, solution: tuple[int, int]) -> Content:
    return Content(
        slots={"equation": f"{key.a}x + {key.b}y = {key.c}"},
        reference=json.dumps(solution),
        effort=key.c.bit_length(),
    )


def _least_solution(key: DiophantineKey) -> tuple[int, int]:
    """The solution in positive integers with the smallest x; the equation has one."""
    common = gcd(key.a, key.b)
    a, b, c = key.a // common, key.b // common, key.c // common
    x = c * pow(a, -1, b) % b if b > 1 else 0
    x = x or b
    return x, (c - a * x) // b
