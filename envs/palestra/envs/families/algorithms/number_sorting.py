"""Sorting numbers by a stated rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer, read_integers
from palestra.envs.config import FamilyConfig, geometric, ramp, stages
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


def _digit_sum(number: int) -> int:
    return sum(map(int, str(number)))


_RULES: tuple[tuple[str, Callable[[int], tuple[int, int]]], ...] = (
    ("from smallest to largest", lambda number: (number, 0)),
    ("from largest to smallest", lambda number: (-number, 0)),
    ("by absolute value, smallest first", lambda number: (abs(number), 0)),
    ("by last digit, smallest first, and equal ones by size, smallest first", lambda number: (number % 10, number)),
    ("by sum of digits, smallest first, and equal ones by size, smallest first", lambda n: (_digit_sum(n), n)),
)
_ABSOLUTE = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberSortingConfig(FamilyConfig):
    """Which lists are sorted."""

    num_numbers: int = ramp(3, 40, low=3, high=200)
    """How many numbers are given."""
    high: int = geometric(20, 10_000, low=10, high=10**9)
    """Largest number; the smallest is 1."""
    num_rules: int = stages(1, 2, 3, 4, 5)
    """From how many rules of order one is drawn, 1..5."""


@dataclass(frozen=True, slots=True)
class NumberSortingKey:
    """Numbers, and the place of a rule in the list of rules."""

    numbers: tuple[int, ...]
    rule: int


class NumberSorting(Question[NumberSortingConfig, NumberSortingKey]):
    """Lists of different numbers."""

    id: ClassVar[str] = "palestra/NumberSorting-v1"
    Config: ClassVar[type[NumberSortingConfig]] = NumberSortingConfig
    templates = (
        "Sort these numbers {rule}: {numbers}",
        "Put the numbers {numbers} in order, {rule}.",
        "Arrange {numbers}\nThe order is {rule}.",
        "List these numbers again, sorted {rule}:\n{numbers}",
    )
    answer_format = "The last line of your reply must be the sorted numbers, separated by commas."
    verifier = IntegersAnswer()

    def draw(self, rng: KeyedRandom) -> NumberSortingKey:
        """Different numbers (in absolute value, too) and a rule."""
        config = self.config
        rule = rng.below(config.num_rules)
        numbers: dict[int, None] = {}
        while len(numbers) < min(config.num_numbers, config.high):
            numbers[rng.between(1, config.high)] = None
        signed = (number if rule != _ABSOLUTE or rng.below(2) else -number for number in numbers)
        return NumberSortingKey(tuple(signed), rule)

    def canonical(self, key: NumberSortingKey) -> str:
        """The rule and the set of numbers."""
        return f"{key.rule} {sorted(key.numbers)}"

    def build(self, key: NumberSortingKey, rng: KeyedRandom) -> Content | None:
        """Ask for the sorted list; none where nothing is to be done."""
        phrase, order = _RULES[key.rule]
        answer = sorted(key.numbers, key=order)
        if tuple(answer) == key.numbers:
            return None
        return Content(
            slots={"numbers": ", ".join(map(str, key.numbers)), "rule": phrase},
            reference=str(answer),
            effort=len(answer),
            meta={"num_numbers": len(answer)},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """The numbers in random order."""
        numbers = list(read_integers(task.reference))
        rng.shuffle(numbers)
        return ", ".join(map(str, numbers))
