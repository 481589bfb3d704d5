"""Countdown: reach a target with all the numbers. Always solvable: the target is made from a solution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.families.games.number_game import NumberGame, number_game_reference
from palestra.envs.family import Content
from palestra.verifiers.keyed_random import KeyedRandom

_MAX_TRIES = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class CountdownConfig(FamilyConfig):
    """Which games are played."""

    num_numbers: int = stages(2, 3, 4, 4, 5, 5, 6, 7, 8, 10, choices=tuple(range(2, 21)))
    """How many numbers are given, 2..20."""
    high: int = geometric(10, 100, low=4, high=10**6)
    """Largest given number; the smallest is 1."""
    operators: str = stages("+-", "+-*", *["+-*/"] * 8)
    """What solutions are made of: `+-`, `+-*` or `+-*/`."""
    max_target: int = geometric(20, 10_000, low=10, high=10**9)
    """Largest target; the smallest is 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CountdownKey:
    """A game with the solution that it was made from."""

    numbers: tuple[int, ...]
    target: int
    """0 where the drawn numbers led to no target in range."""
    solution: str


class Countdown(NumberGame[CountdownConfig, CountdownKey]):
    """Games of given numbers, each to be used exactly once."""

    id: ClassVar[str] = "palestra/Countdown-v1"
    Config: ClassVar[type[CountdownConfig]] = CountdownConfig
    templates = (
        "Numbers: {numbers}. Target: {target}.\nWrite an expression that equals the target.",
        "Make {target} from the numbers {numbers}.",
        "How can the numbers {numbers} be combined so that the result is {target}?",
        "You hold cards with the numbers {numbers}. Find an expression that is worth exactly {target}.",
    )
    answer_format = (
        "Use each number exactly once, and only + - * / and parentheses. "
        "The last line of your reply must be the expression alone."
    )

    def draw(self, rng: KeyedRandom) -> CountdownKey:
        """Draw numbers and a solution whose steps stay whole and positive."""
        config = self.config
        numbers: tuple[int, ...] = ()
        for _ in range(_MAX_TRIES):
            numbers = tuple(rng.between(1, config.high) for _ in range(config.num_numbers))
            solution, target = _random_solution(numbers, config.operators, rng)
            # Of three numbers or more the plain sum is no target: adding up is no search.
            is_sum = config.num_numbers > 2 and target == sum(numbers)
            if 1 <= target <= config.max_target and target not in numbers and not is_sum:
                return CountdownKey(numbers=numbers, target=target, solution=solution)
        return CountdownKey(numbers=numbers, target=0, solution="")

    def canonical(self, key: CountdownKey) -> str:
        """The numbers in order of size, and the target."""
        return f"{' '.join(map(str, sorted(key.numbers)))} = {key.target}"

    def build(self, key: CountdownKey, rng: KeyedRandom) -> Content | None:
        """Ask for an expression."""
        if key.target == 0:
            return None
        numbers = ", ".join(map(str, key.numbers))
        return Content(
            slots={"numbers": numbers, "target": str(key.target)},
            reference=number_game_reference(key.numbers, key.target, key.solution),
            effort=len(key.numbers),
            meta={"num_numbers": len(key.numbers)},
        )


def _random_solution(numbers: tuple[int, ...], operators: str, rng: KeyedRandom) -> tuple[str, int]:
    """Join two random parts until one is left; its text and its value."""
    parts = [(str(number), number) for number in numbers]
    while len(parts) > 1:
        (left, a), (right, b) = (parts.pop(rng.below(len(parts))) for _ in range(2))
        if a < b:
            left, a, right, b = right, b, left, a
        fits = {"+": True, "*": True, "-": a > b, "/": b > 1 and a % b == 0}
        operator = rng.choice([operator for operator in operators if fits[operator]])
        value = {"+": a + b, "-": a - b, "*": a * b}[operator] if operator != "/" else a // b
        parts.append((f"({left} {operator} {right})", value))
    text, value = parts[0]
    return text[1:-1], value
