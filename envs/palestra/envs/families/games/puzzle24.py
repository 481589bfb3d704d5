"""The 24 game: make 24 of all the given numbers. Made from a solution; twins without one are proven by search."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import ClassVar

from palestra.envs.config import FamilyConfig, stages
from palestra.envs.families.games.number_game import NumberGame, number_game_reference
from palestra.envs.family import Content
from palestra.verifiers.keyed_random import KeyedRandom

_TARGET = 24
_MAX_TRIES = 400
_MAX_VALUE = 200  # of a part of the solution
_MAX_SEARCHED = 4  # numbers; five without a solution are rare and their proof is slow


@dataclass(frozen=True, kw_only=True, slots=True)
class Puzzle24Config(FamilyConfig):
    """Which games are played."""

    num_numbers: int = stages(3, 3, 4, 4, 4, 4, 4, 5, 5, 6, choices=tuple(range(3, 9)))
    """How many numbers are given, 3..8."""
    high: int = stages(99, 99, 20, 20, 24, 24, 24, 30, 40, 60, choices=tuple(range(9, 101)))
    """Largest given number; the smallest is 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Puzzle24Key:
    """The numbers, and the solution that they come from; no numbers where none was found."""

    numbers: tuple[int, ...]
    solution: str


class Puzzle24(NumberGame[Puzzle24Config, Puzzle24Key]):
    """Games whose target is always 24; neither the sum nor the product of all numbers is the target."""

    id: ClassVar[str] = "palestra/Puzzle24-v1"
    Config: ClassVar[type[Puzzle24Config]] = Puzzle24Config
    puzzles: ClassVar[str] = "palestra/Countdown"
    templates = (
        "Make 24 from {numbers}.",
        "The 24 game: {numbers}.\nWrite an expression that is worth 24.",
        "How do the numbers {numbers} give 24?",
        "Combine the cards {numbers} into an expression whose value is exactly 24.",
    )
    answer_format = (
        "Use each number exactly once, and only + - * / and parentheses. "
        "The last line of your reply must be the expression alone."
    )

    def draw(self, rng: KeyedRandom) -> Puzzle24Key:
        """Split 24 into an expression of so many numbers."""
        for _ in range(_MAX_TRIES):
            if (made := _split(_TARGET, self.config.num_numbers, self.config.high, rng)) is not None:
                text, numbers = made
                if _TARGET not in (sum(numbers), prod(numbers)):
                    return Puzzle24Key(numbers=tuple(rng.sample(numbers, len(numbers))), solution=text)
        return Puzzle24Key(numbers=(), solution="")

    def canonical(self, key: Puzzle24Key) -> str:
        """The numbers in order of size, and the target; as Countdown writes it."""
        return f"{' '.join(map(str, sorted(key.numbers)))} = {_TARGET}"

    def build(self, key: Puzzle24Key, rng: KeyedRandom) -> Content | None:
        """Ask for an expression."""
        return _content(key.numbers, key.solution, self.config.high) if key.numbers else None

    def unsolvable(self, key: Puzzle24Key, rng: KeyedRandom) -> Content | None:
        """As many numbers of which no expression makes 24."""
        if not 0 < len(key.numbers) <= _MAX_SEARCHED:
            return None
        for _ in range(_MAX_TRIES):
            numbers = tuple(rng.between(1, self.config.high) for _ in key.numbers)
            if not can_make(_TARGET, numbers):
                return _content(numbers, "", self.config.high)
        return None


def can_make(target: int, numbers: tuple[int, ...]) -> bool:
    """Whether some expression of all the numbers is worth the target, with exact fractions on the way."""
    return _can_make(Fraction(target), [Fraction(number) for number in numbers])


def _can_make(target: Fraction, values: list[Fraction]) -> bool:
    if len(values) == 1:
        return values[0] == target
    for i in range(len(values)):
        for j in range(i):
            a, b = values[i], values[j]
            rest = [value for k, value in enumerate(values) if k not in (i, j)]
            made = {a + b, a - b, b - a, a * b, *([a / b] if b else []), *([b / a] if a else [])}
            if any(_can_make(target, [*rest, value]) for value in made):
                return True
    return False


def _content(numbers: tuple[int, ...], solution: str, high: int) -> Content:
    return Content(
        slots={"numbers": ", ".join(map(str, numbers))},
        reference=number_game_reference(numbers, _TARGET, solution),
        effort=4 ** len(numbers) + high,
        meta={"num_numbers": len(numbers)},
    )


def _split(value: int, num_leaves: int, high: int, rng: KeyedRandom) -> tuple[str, list[int]] | None:
    """An expression of so many numbers in 1..high that is worth `value`; None where the draws led to none."""
    if num_leaves == 1:
        return (str(value), [value]) if value <= high else None
    operator = "+--*/"[rng.below(5)]  # differences are most various
    if operator == "*":
        divisors = [d for d in range(1, value + 1) if value % d == 0]
        a = rng.choice(divisors)
        b = value // a
    elif operator == "+":
        if value < 2:
            return None
        a = rng.between(1, value - 1)
        b = value - a
    else:
        b = rng.between(1, min(high, 12) if operator == "/" else high)
        a = value + b if operator == "-" else value * b
    if max(a, b) > _MAX_VALUE:
        return None
    num_left = rng.between(1, num_leaves - 1)
    left = _split(a, num_left, high, rng)
    right = _split(b, num_leaves - num_left, high, rng) if left else None
    if left is None or right is None:
        return None
    left_text, right_text = (f"({text})" if len(n) > 1 else text for text, n in (left, right))
    return f"{left_text} {operator} {right_text}", left[1] + right[1]
