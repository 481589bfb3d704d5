"""How many ones the binary forms of some numbers have."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer
from palestra.envs.config import FamilyConfig, stages
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class CountBitsConfig(FamilyConfig):
    """Which numbers are shown."""

    num_numbers: int = stages(3, 3, 3, 3, 4, 4, 4, 5, 5, 6, choices=tuple(range(1, 21)))
    """How many numbers, 1..20."""
    bits: int = stages(4, 5, 6, 8, 10, 12, 16, 24, 32, 40, choices=tuple(range(2, 65)))
    """Most bits of a number, 2..64."""


class CountBits(Question[CountBitsConfig, tuple[int, ...]]):
    """Questions about several numbers at once: one count alone would be guessed too easily."""

    id: ClassVar[str] = "palestra/CountBits-v1"
    Config: ClassVar[type[CountBitsConfig]] = CountBitsConfig
    templates = (
        "How many ones does each of these numbers have when it is written in binary: {numbers}?",
        "Count the 1 bits of each number: {numbers}.",
        "Write each of {numbers} in binary and count its ones.",
        "For each of the numbers {numbers}, how many digits 1 has its binary form?",
    )
    answer_format = "End your reply with the counts in the same order, separated by commas, on the last line."
    verifier = IntegersAnswer()
    floor = 0.08

    def draw(self, rng: KeyedRandom) -> tuple[int, ...]:
        """Draw the numbers."""
        return tuple(rng.between(1, (1 << self.config.bits) - 1) for _ in range(self.config.num_numbers))

    def canonical(self, key: tuple[int, ...]) -> str:
        """The numbers in order of size."""
        return " ".join(map(str, sorted(key)))

    def build(self, key: tuple[int, ...], rng: KeyedRandom) -> Content:
        """Ask for the counts."""
        return Content(
            slots={"numbers": ", ".join(map(str, key))},
            reference=json.dumps([number.bit_count() for number in key]),
            effort=sum(number.bit_length() for number in key),
            meta={"num_numbers": len(key)},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A count for each number."""
        return ", ".join(str(rng.between(1, self.config.bits)) for _ in range(self.config.num_numbers))
