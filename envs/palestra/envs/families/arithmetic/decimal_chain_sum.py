"""Sums and differences of decimals with different numbers of digits after the point."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from palestra.envs.answers import NumberAnswer
from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.families.arithmetic.expression import decimal_text, draw_decimal
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class DecimalChainSumConfig(FamilyConfig):
    """Which sums are asked."""

    num_terms: int = stages(2, 2, 2, 3, 3, 4, 5, 6, 8, 10, choices=tuple(range(2, 41)))
    """How many numbers are added or subtracted, 2..40."""
    high: int = geometric(10, 10_000, low=2, high=10**9)
    """Terms lie below this."""
    places: int = stages(1, 1, 2, 2, 3, 3, 4, 4, 5, 6, choices=tuple(range(1, 10)))
    """Most digits after the point, 1..9."""


class DecimalChainSum(Question[DecimalChainSumConfig, tuple[Fraction, ...]]):
    """Chains such as `1.25 + 3.5 - 0.125`; the key is the tuple of signed terms."""

    id: ClassVar[str] = "palestra/DecimalChainSum-v1"
    Config: ClassVar[type[DecimalChainSumConfig]] = DecimalChainSumConfig
    templates = ("What is {chain}?", "Calculate {chain}.", "{chain} = ?", "Find the exact value of {chain}.")
    answer_format = "End your reply with the exact decimal alone on the last line."
    verifier = NumberAnswer()

    def draw(self, rng: KeyedRandom) -> tuple[Fraction, ...]:
        """Signed terms; the first is positive."""
        terms = [self._term(rng) for _ in range(self.config.num_terms)]
        return (terms[0], *(term if rng.below(2) else -term for term in terms[1:]))

    def canonical(self, key: tuple[Fraction, ...]) -> str:
        """The terms in order of size: sums that differ in the order of their terms are one puzzle."""
        return " ".join(map(str, sorted(key)))

    def build(self, key: tuple[Fraction, ...], rng: KeyedRandom) -> Content | None:
        """Ask for the value."""
        if sum(key) == 0:
            return None
        signed = "".join(f" {'-' if term < 0 else '+'} {decimal_text(abs(term))}" for term in key[1:])
        chain = f"{decimal_text(key[0])}{signed}"
        return Content(
            slots={"chain": chain},
            reference=str(sum(key)),
            effort=len(chain),
            meta={"num_terms": len(key)},
        )

    def oracle(self, task: Task) -> str:
        """The sum as a decimal."""
        return decimal_text(Fraction(task.reference))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A decimal of a size that the sum may have."""
        return decimal_text(self._term(rng) * rng.choice((1, 1, -1)))

    def _term(self, rng: KeyedRandom) -> Fraction:
        return draw_decimal(self.config.places, self.config.high, rng)
