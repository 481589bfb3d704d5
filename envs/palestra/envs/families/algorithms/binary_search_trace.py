"""The numbers that a binary search looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class BinarySearchTraceConfig(FamilyConfig):
    """Which lists are searched."""

    num_numbers: int = ramp(7, 60, low=4, high=500)
    """How many numbers the list has."""
    largest_step: int = ramp(9, 30, low=2, high=1000)
    """Largest difference between neighbours of the list."""


@dataclass(frozen=True, slots=True)
class BinarySearchTraceKey:
    """The sorted list and what is searched in it."""

    numbers: tuple[int, ...]
    wanted: int


class BinarySearchTrace(Question[BinarySearchTraceConfig, BinarySearchTraceKey]):
    """Searches that look at two numbers or more; some find nothing."""

    id: ClassVar[str] = "palestra/BinarySearchTrace-v1"
    Config: ClassVar[type[BinarySearchTraceConfig]] = BinarySearchTraceConfig
    templates = (
        "Binary search for {wanted} in {numbers}\nLow and high are 0 and {last} at first; while low <= high it looks "
        "at place (low + high) // 2, counted from 0. Which numbers does it look at?",
        "List (places 0 to {last}): {numbers}\nA binary search for {wanted} compares with the number at "
        "(low + high) // 2 (rounded down) until it is found or low > high. What does it see?",
        "Sorted list: {numbers}\nSearch {wanted} by halving: low = 0, high = {last}; look at (low + high) // 2; "
        "go on with the part left or right of it. List the numbers that are looked at.",
        "With low = 0 and high = {last}, a binary search for {wanted} takes the middle (low + high) // 2, then "
        "low = middle + 1 or high = middle - 1. Which numbers does it meet in {numbers}?",
    )
    answer_format = "The last line of your reply must be those numbers, in order, separated by commas."
    verifier = IntegersAnswer()

    def draw(self, rng: KeyedRandom) -> BinarySearchTraceKey:
        """A sorted list, and a number in it or, once in three times, between two of its numbers."""
        number, numbers = 0, list[int]()
        for _ in range(self.config.num_numbers):
            number += rng.between(1, self.config.largest_step)
            numbers.append(number)
        wanted = rng.choice(numbers)
        return BinarySearchTraceKey(tuple(numbers), wanted if rng.below(3) else wanted - 1)

    def build(self, key: BinarySearchTraceKey, rng: KeyedRandom) -> Content | None:
        """Follow the search; None where it ends at once."""
        seen = looked_at(key.numbers, key.wanted)
        if len(seen) < 2:
            return None
        return Content(
            slots={
                "numbers": ", ".join(map(str, key.numbers)),
                "wanted": str(key.wanted),
                "last": str(len(key.numbers) - 1),
            },
            reference=str(seen),
            effort=len(key.numbers),
            meta={"num_looks": len(seen)},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Two to four numbers of a list's size."""
        high = self.config.num_numbers * self.config.largest_step // 2
        return ", ".join(str(rng.between(1, high)) for _ in range(rng.between(2, 4)))


def looked_at(numbers: tuple[int, ...], wanted: int) -> list[int]:
    """What the search sees.

    >>> looked_at((1, 3, 5, 7, 9), 4)
    [5, 1, 3]
    """
    low, high, seen = 0, len(numbers) - 1, list[int]()
    while low <= high:
        middle = (low + high) // 2
        seen.append(numbers[middle])
        if numbers[middle] == wanted:
            break
        if numbers[middle] < wanted:
            low = middle + 1
        else:
            high = middle - 1
    return seen
