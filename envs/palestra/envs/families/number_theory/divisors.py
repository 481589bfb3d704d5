"""How many divisors a number has, and their sum."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from math import prod
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer
from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.families.number_theory.primes import primes_up_to
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class DivisorsConfig(FamilyConfig):
    """Which numbers are asked."""

    num_small: int = stages(1, 1, 2, 2, 3, 3, 4, 4, 5, 6, choices=tuple(range(21)))
    """How many primes of 2..13 are drawn, 0..20."""
    num_large: int = stages(1, 1, 1, 1, 1, 1, 1, 1, 1, 2, choices=tuple(range(1, 7)))
    """How many larger primes are drawn, 1..6."""
    high: int = geometric(150, 500, low=17, high=100_000)
    """The larger primes do not exceed this."""


class Divisors(Question[DivisorsConfig, tuple[int, ...]]):
    """Questions such as `How many divisors has 84, and what is their sum?`; the key has the primes in order."""

    id: ClassVar[str] = "palestra/Divisors-v1"
    Config: ClassVar[type[DivisorsConfig]] = DivisorsConfig
    templates = (
        "How many positive divisors does {number} have, and what is the sum of all of them?",
        "Count the positive divisors of {number} and add them up.",
        "Find the number and the sum of all positive divisors of {number}.",
        "Consider every positive integer that divides {number}. How many are there, and what do they add up to?",
    )
    answer_format = (
        "1 and the number itself are divisors too. End your reply with the count and the sum, "
        "separated by a comma, on the last line."
    )
    verifier = IntegersAnswer()

    def draw(self, rng: KeyedRandom) -> tuple[int, ...]:
        """Draw small and large primes."""
        small, large = primes_up_to(13), primes_up_to(self.config.high)
        drawn = [rng.choice(small) for _ in range(self.config.num_small)]
        drawn += [rng.choice(large) for _ in range(self.config.num_large)]
        return tuple(sorted(drawn))

    def build(self, key: tuple[int, ...], rng: KeyedRandom) -> Content:
        """Ask for count and sum."""
        powers = Counter(key)
        count = prod(exponent + 1 for exponent in powers.values())
        total = prod((prime ** (exponent + 1) - 1) // (prime - 1) for prime, exponent in powers.items())
        return Content(
            slots={"number": str(prod(key))},
            reference=json.dumps([count, total]),
            effort=prod(key).bit_length(),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A count, and a sum that is larger than the number."""
        number = prod(self.draw(rng))
        return f"{2 * rng.between(1, 12)}, {number + rng.between(1, number)}"
