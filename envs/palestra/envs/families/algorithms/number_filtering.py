"""Filtering a list of numbers by one or several stated conditions."""

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

_CONDITIONS: dict[str, tuple[str, Callable[[int, int], bool]]] = {
    "even": ("even", lambda number, _: number % 2 == 0),
    "odd": ("odd", lambda number, _: number % 2 == 1),
    "above": ("greater than {}", lambda number, bound: number > bound),
    "below": ("less than {}", lambda number, bound: number < bound),
    "multiple": ("divisible by {}", lambda number, divisor: number % divisor == 0),
    "contains": ("written with at least one digit {}", lambda number, digit: str(digit) in str(number)),
    "lacks": ("written without the digit {}", lambda number, digit: str(digit) not in str(number)),
    "remainder": ("of remainder 1 when divided by {}", lambda number, divisor: number % divisor == 1),
    "digits": ("of digit sum at most {}", lambda number, bound: sum(map(int, str(number))) <= bound),
}
_KINDS = tuple(_CONDITIONS)
_NUM_EASY_KINDS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberFilteringConfig(FamilyConfig):
    """Which lists are filtered."""

    num_numbers: int = ramp(5, 40, low=3, high=200)
    """How many numbers are given."""
    high: int = geometric(20, 10_000, low=10, high=10**9)
    """Largest number; the smallest is 1."""
    num_conditions: int = stages(1, 1, 2, 2, 3, choices=(1, 2, 3, 4))
    """How many conditions are joined by `and` or by `or`."""


@dataclass(frozen=True, slots=True)
class NumberFilteringKey:
    """Numbers and conditions, each with the value that it speaks of."""

    numbers: tuple[int, ...]
    conditions: tuple[tuple[str, int], ...]
    is_any: bool
    is_removal: bool

    def survivors(self) -> list[int]:
        """The numbers that stay, in their order."""
        join = any if self.is_any else all
        fits = [join(_CONDITIONS[kind][1](n, value) for kind, value in self.conditions) for n in self.numbers]
        return [n for n, fit in zip(self.numbers, fits, strict=True) if fit != self.is_removal]


class NumberFiltering(Question[NumberFilteringConfig, NumberFilteringKey]):
    """Lists of numbers of which some stay and some go."""

    id: ClassVar[str] = "palestra/NumberFiltering-v1"
    Config: ClassVar[type[NumberFilteringConfig]] = NumberFilteringConfig
    templates = (
        "{verb} all numbers that are {conditions}: {numbers}",
        "From the list {numbers}\n{verb} every number that is {conditions}.",
        "Numbers: {numbers}\n{verb} those that are {conditions}. What is left?",
        "Take the list {numbers}. {verb} each number in it that is {conditions}.",
    )
    answer_format = (
        "The last line of your reply must be the numbers that remain, in their original order, separated by commas."
    )
    verifier = IntegersAnswer()

    def draw(self, rng: KeyedRandom) -> NumberFilteringKey:
        """Numbers and conditions of different kinds."""
        config = self.config
        kinds = _KINDS if config.num_conditions > 1 else _KINDS[:_NUM_EASY_KINDS]
        names = rng.sample(kinds, config.num_conditions)
        return NumberFilteringKey(
            numbers=tuple(rng.between(1, config.high) for _ in range(config.num_numbers)),
            conditions=tuple((name, self._value(name, rng)) for name in names),
            is_any=config.num_conditions > 1 and rng.below(2) == 1,
            is_removal=rng.below(2) == 1,
        )

    def composition(self, key: NumberFilteringKey) -> str:
        """The kinds of conditions, where there are several."""
        return " ".join(sorted(kind for kind, _ in key.conditions)) if len(key.conditions) > 1 else ""

    def build(self, key: NumberFilteringKey, rng: KeyedRandom) -> Content | None:
        """Ask for what remains; None where all or nothing does."""
        answer = key.survivors()
        if len(answer) in (0, len(key.numbers)):
            return None
        joint = " or " if key.is_any else " and "
        conditions = joint.join(_CONDITIONS[kind][0].format(value) for kind, value in key.conditions)
        return Content(
            slots={
                "verb": "Remove" if key.is_removal else "Keep only",
                "numbers": ", ".join(map(str, key.numbers)),
                "conditions": conditions,
            },
            reference=str(answer),
            effort=len(key.numbers) * len(key.conditions),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """As many numbers as remain, of the right size."""
        return ", ".join(str(rng.between(1, self.config.high)) for _ in read_integers(task.reference))

    def _value(self, kind: str, rng: KeyedRandom) -> int:
        if kind in ("above", "below"):
            return rng.between(self.config.high // 4, self.config.high * 3 // 4)
        if kind == "digits":
            return rng.between(5, 15)
        return rng.between(3, 7)
