"""Guess a number by being told higher or lower."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from palestra.envs.answers import final_line, read_integer
from palestra.envs.config import FamilyConfig, geometric
from palestra.envs.family import Content
from palestra.envs.game import Game, Move
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom

_RULES = " After each guess I tell you whether it is higher or lower. You have {turns} guesses."


@dataclass(frozen=True, kw_only=True, slots=True)
class GuessTheNumberConfig(FamilyConfig):
    """Which numbers are thought of."""

    num_numbers: int = geometric(15, 100_000, low=3, high=10**9)
    """How many numbers it may be."""
    max_low: int = geometric(20, 100_000, low=1, high=10**9)
    """Largest lower end of the range."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberRange:
    """What is known, the number, and the turns that are left."""

    first: int
    """The lower end of the whole range."""
    low: int
    high: int
    secret: int
    turns: int


class GuessTheNumber(Game[GuessTheNumberConfig, NumberRange, NumberRange]):
    """Games with as many guesses as halving needs."""

    id: ClassVar[str] = "palestra/GuessTheNumber-v1"
    Config: ClassVar[type[GuessTheNumberConfig]] = GuessTheNumberConfig
    templates = (
        "I am thinking of a whole number from {low} to {high}." + _RULES,
        "Guess my number: it is one of {low}, ..., {high}." + _RULES,
        "Find the whole number that I chose between {low} and {high}, both included." + _RULES,
    )
    answer_format = "The last line of each reply must be your guess alone."

    def draw(self, rng: KeyedRandom) -> NumberRange:
        """Choose a range and a number in it."""
        num_numbers = self.config.num_numbers
        low = rng.between(1, self.config.max_low)
        secret = rng.between(low, low + num_numbers - 1)
        return NumberRange(
            first=low, low=low, high=low + num_numbers - 1, secret=secret, turns=num_numbers.bit_length()
        )

    def build(self, key: NumberRange, rng: KeyedRandom) -> Content:
        """Tell the range."""
        slots = {"low": str(key.low), "high": str(key.high), "turns": str(key.turns)}
        return Content(slots=slots, reference=encode(key), effort=key.turns)

    def turn_limit(self, task: Task) -> int:
        """As many turns as halving the range needs."""
        return self.start(task).turns

    def start(self, task: Task) -> NumberRange:
        """The range."""
        return decode(NumberRange, task.reference)

    def play(self, world: NumberRange, text: str) -> Move[NumberRange]:
        """Compare."""
        guess = read_integer(final_line(text))
        if guess == world.secret:
            return Move(world=world, verdict=Verdict.passed(f"{guess} is the number"))
        left = replace(world, turns=world.turns - 1)
        shown = str(guess)[:20]
        if guess < world.secret:
            return Move(world=replace(left, low=max(world.low, guess + 1)), reply=f"It is higher than {shown}.")
        return Move(world=replace(left, high=min(world.high, guess - 1)), reply=f"It is lower than {shown}.")

    def best(self, world: NumberRange) -> str:
        """The middle of what is left; the number itself where turns were lost and halving would be too slow."""
        is_in_time = (world.high - world.low + 1).bit_length() <= world.turns
        return str((world.low + world.high) // 2 if is_in_time else world.secret)

    def random_move(self, world: NumberRange, rng: KeyedRandom) -> str:
        """Any number of the first half, or a little more, of the whole range; what was told is not used."""
        return str(rng.between(world.first, world.high))
