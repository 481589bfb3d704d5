"""All primes of an interval."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer
from palestra.envs.config import FamilyConfig, geometric, ramp
from palestra.envs.families.number_theory.primes import primes_between
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class PrimesInIntervalConfig(FamilyConfig):
    """Which intervals are asked."""

    high: int = geometric(100, 20_000, low=20, high=10**9)
    """Largest start of an interval; the smallest is 2."""
    width: int = ramp(10, 60, low=3, high=1000)
    """About how many numbers the interval has."""


class PrimesInInterval(Question[PrimesInIntervalConfig, tuple[int, int]]):
    """Intervals with two primes or more; the key has both ends."""

    id: ClassVar[str] = "palestra/PrimesInInterval-v1"
    Config: ClassVar[type[PrimesInIntervalConfig]] = PrimesInIntervalConfig
    templates = (
        "List all primes from {low} to {high}; both ends count.",
        "Which numbers from {low} to {high}, both included, are prime?",
        "Find every prime number p with {low} <= p <= {high}.",
        "Go through the numbers {low} to {high} and keep the primes.",
    )
    answer_format = "End your reply with the primes in increasing order, separated by commas, on the last line."
    verifier = IntegersAnswer()
    floor = 0.08

    def draw(self, rng: KeyedRandom) -> tuple[int, int]:
        """Draw both ends."""
        low = rng.between(max(2, self.config.high // 8), self.config.high)
        return low, low + self.config.width + rng.between(0, self.config.width // 2)

    def build(self, key: tuple[int, int], rng: KeyedRandom) -> Content | None:
        """Ask for the primes."""
        primes = primes_between(*key)
        if len(primes) < 2:
            return None
        return Content(
            slots={"low": str(key[0]), "high": str(key[1])},
            reference=json.dumps(primes),
            effort=(key[1] - key[0]) * key[1].bit_length(),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Odd numbers near each other."""
        low = rng.between(1, self.config.high) | 1
        return ", ".join(str(low + 2 * i) for i in range(self.config.width // 4 + 1))
