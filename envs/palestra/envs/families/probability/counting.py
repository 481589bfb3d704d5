"""Counting: arrangements, choices, numbers, paths and sums under a constraint, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb, factorial, prod
from typing import ClassVar

from palestra.envs.answers import RationalsAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.kinds import kinds
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_LETTERS = "ABCDEFGH"
_SHIFT = 128  # bits of one count in a packed polynomial


@dataclass(frozen=True, kw_only=True, slots=True)
class CountingConfig(FamilyConfig):
    """What is counted."""

    size: int = ramp(5, 12, low=3, high=20)
    """Letters, people, digits, steps or variables, roughly: 3..20."""
    kinds: str = kinds(
        "letters committee paths row",
        "letters committee paths row strings",
        "letters committee paths strings sums digits",
        "paths strings sums digits",
        "paths sums digits",
    )
    """Kinds of objects: letters committee paths row strings sums digits."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Objects:
    """What is counted: a kind with its numbers."""

    kind: str
    numbers: tuple[int, ...]


class Counting(Question[CountingConfig, Objects]):
    """How many objects there are of a kind."""

    id: ClassVar[str] = "palestra/Counting-v1"
    Config: ClassVar[type[CountingConfig]] = CountingConfig
    templates = (
        "How many {objects} are there{condition}?",
        "Count: how many {objects} exist{condition}?",
        "Find the number of {objects}{condition}.",
        "What is the total number of {objects}{condition}?",
    )
    answer_format = "End with a line that is the number alone."
    verifier = RationalsAnswer()

    def draw(self, rng: KeyedRandom) -> Objects:
        """Draw a kind and its numbers."""
        kind, n = rng.choice(self.config.kinds.split()), self.config.size
        return Objects(kind=kind, numbers=_numbers(kind, n, rng))

    def build(self, key: Objects, rng: KeyedRandom) -> Content | None:
        """Ask for the number, unless there is next to nothing to count."""
        number = count(key)
        if number < 3:
            return None
        objects, condition = _words(key)
        return Content(slots={"objects": objects, "condition": condition}, reference=str(number), effort=_effort(key))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A number of a size that the count may have."""
        return str(rng.between(1, 10 ** rng.between(1, self.config.size)))


def _numbers(kind: str, n: int, rng: KeyedRandom) -> tuple[int, ...]:
    if kind == "letters":
        counts = [0] * rng.between(2, min(n, len(_LETTERS)))
        for _ in range(rng.between(n, n + 2)):
            counts[rng.below(len(counts))] += 1
        return tuple(sorted((c for c in counts if c), reverse=True))
    if kind == "committee":
        chosen = rng.between(2, max(2, n // 2))
        return rng.between(2, n), rng.between(2, n), chosen, rng.between(1, chosen)
    if kind == "paths":
        a, b = rng.between(2, n), rng.between(2, n)
        return a, b, rng.between(1, a - 1), rng.between(1, b - 1)
    if kind == "row":
        return rng.between(5, max(5, n + 1)), rng.below(4)
    if kind == "strings":
        return rng.between(n, n + 8), rng.between(2, 4), rng.between(2, 6)
    if kind == "sums":
        parts, cap = rng.between(3, max(3, n // 2)), rng.between(3, n)
        return parts, rng.between(cap, parts * cap - 1), cap
    digits = rng.between(3, max(3, n // 2))
    return digits, rng.between(2, 9 * digits - 2), rng.below(2)


def count(objects: Objects) -> int:
    """The exact number of the objects."""
    numbers = objects.numbers
    if objects.kind == "letters":
        return factorial(sum(numbers)) // prod(map(factorial, numbers))
    if objects.kind == "committee":
        women, men, chosen, least = numbers
        return sum(comb(women, w) * comb(men, chosen - w) for w in range(least, chosen + 1))
    if objects.kind == "paths":
        a, b, x, y = numbers
        return comb(a + b, a) - comb(x + y, x) * comb(a + b - x - y, a - x)
    if objects.kind == "row":
        n, rule = numbers
        together = 2 * factorial(n - 1)
        return (together, factorial(n) - together, factorial(n) // 2, 2 * (n - 3) * factorial(n - 2))[rule]
    if objects.kind == "strings":
        return _strings(*numbers)
    if objects.kind == "sums":
        parts, total, cap = numbers
        return _coefficient([range(1, cap + 1)] * parts, total)
    digits, total, is_even = numbers
    last = range(0, 10, 2) if is_even else range(10)
    return _coefficient([range(1, 10), *[range(10)] * (digits - 2), last], total)


def _strings(length: int, run: int, letters: int) -> int:
    """Strings without `run` equal letters A in a row: ending in 0, 1, ... run - 1 letters A."""
    ways = [1] + [0] * (run - 1)
    for _ in range(length):
        ways = [(letters - 1) * sum(ways), *ways[:-1]]
    return sum(ways)


def _coefficient(choices: list[range], total: int) -> int:
    """In how many ways one number of each range can be chosen with this sum; packed polynomials, multiplied."""
    product = prod(sum(1 << _SHIFT * number for number in choice) for choice in choices)
    return product >> _SHIFT * total & (1 << _SHIFT) - 1


def _effort(objects: Objects) -> float:
    """Roughly how many numbers are written down on the way to the count."""
    numbers = objects.numbers
    if objects.kind in ("sums", "digits"):
        return 6 * numbers[0]
    sizes = {"letters": sum(numbers), "row": numbers[0], "strings": 2 * numbers[0]}
    return sizes.get(objects.kind, (numbers[0] + numbers[1]) * (1.5 if objects.kind == "paths" else 1))


def _words(objects: Objects) -> tuple[str, str]:
    """What is counted, and under which condition."""
    kind, numbers = objects.kind, objects.numbers
    if kind == "letters":
        word = "".join(letter * number for letter, number in zip(_LETTERS, numbers, strict=False))
        return f"different orders of the letters {word}", ""
    if kind == "committee":
        women, men, chosen, least = numbers
        return (
            f"ways to choose {chosen} of {women} women and {men} men",
            f" if at least {least} must be {'a woman' if least == 1 else 'women'}",
        )
    if kind == "paths":
        a, b, x, y = numbers
        ways = f"paths from (0, 0) to ({a}, {b}) by steps of 1 to the right or up"
        return ways, f" if they must not pass the point ({x}, {y})"
    if kind == "row":
        rules = (
            "A and B must stand next to each other",
            "A and B must not stand next to each other",
            "A must stand somewhere to the left of B",
            "A and B must be neighbors and neither may stand at an end",
        )
        return f"ways to line up {numbers[0]} people, among them A and B, in a row", f" if {rules[numbers[1]]}"
    if kind == "strings":
        length, run, letters = numbers
        return f"strings of {length} letters over {_LETTERS[:letters]}", f" that do not contain {'A' * run}"
    if kind == "sums":
        parts, total, cap = numbers
        ordered = f"ordered lists of {parts} whole numbers from 1 to {cap}"
        return ordered, f" whose sum is {total}"
    digits, total, is_even = numbers
    numbers_text = f"{'even ' if is_even else ''}whole numbers with exactly {digits} digits and no leading 0"
    return numbers_text, f" whose digits add up to {total}"
