"""Sums and differences of whole numbers: the smallest task that a small model can learn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import NumberAnswer
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.errors import ConfigError
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class ChainSumConfig(FamilyConfig):
    """Which sums are asked."""

    num_terms: int = stages(2, 2, 2, 3, 4, 4, 5, 6, 8, 10, choices=tuple(range(2, 101)))
    """How many numbers are added or subtracted, 2..100."""
    low: int = ramp(1, 1, low=0, high=10**15)
    """Smallest term."""
    high: int = stages(9, 20, 99, 99, 99, 999, 999, 9_999, 99_999, 999_999, choices=())
    """Largest term."""
    operators: str = stages("+", "+-", "+-")
    """`+` or `+-`."""

    def check(self) -> None:
        """Terms lie in low..high."""
        if not self.low <= self.high <= 10**15 or self.high < 1:
            raise ConfigError(f"`low` must lie in 0..high, got {self.low} with `high` {self.high}\n\nhint: set both")


class ChainSum(Question[ChainSumConfig, tuple[int, ...]]):
    """Chains such as `17 + 5 - 8`; the key is the tuple of signed terms."""

    id: ClassVar[str] = "palestra/ChainSum-v1"
    Config: ClassVar[type[ChainSumConfig]] = ChainSumConfig
    templates = ("What is {chain}?", "Calculate {chain}.", "{chain} = ?", "Find the value of {chain}.")
    answer_format = "Reply with the number only."
    verifier = NumberAnswer()
    floor = 0.15  # of the easiest sums; two digits and three terms have next to none

    def draw(self, rng: KeyedRandom) -> tuple[int, ...]:
        """Signed terms; the first is not negative."""
        config = self.config
        terms = [rng.between(config.low, config.high) for _ in range(config.num_terms)]
        if config.operators == "+":
            return tuple(terms)
        return (terms[0], *(term if rng.below(2) else -term for term in terms[1:]))

    def canonical(self, key: tuple[int, ...]) -> str:
        """The terms in order of size: sums that differ in the order of their terms are one puzzle."""
        return " ".join(map(str, sorted(key)))

    def build(self, key: tuple[int, ...], rng: KeyedRandom) -> Content:
        """Ask for the value."""
        chain = str(key[0]) + "".join(f" {'-' if term < 0 else '+'} {abs(term)}" for term in key[1:])
        return Content(
            slots={"chain": chain},
            reference=str(sum(key)),
            effort=sum(len(str(abs(term))) for term in key),
            meta={"num_terms": len(key)},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A number of a size that the sum may have."""
        config = self.config
        largest = config.num_terms * config.high
        return str(rng.between(config.num_terms * config.low if config.operators == "+" else -largest, largest))
