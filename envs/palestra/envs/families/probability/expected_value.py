"""Expected values: wheels, bags, the highest die, waiting times and the best moment to stop."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from typing import ClassVar

from palestra.envs.answers import RationalsAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.kinds import kinds
from palestra.envs.families.probability.exact import draw_chance
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectedValueConfig(FamilyConfig):
    """Which games are asked."""

    size: int = ramp(2, 6, low=2, high=10)
    """Sectors of a wheel, kinds of coins, dice, flips of a pattern, rolls: 2..10."""
    high: int = ramp(9, 40, low=4, high=1000)
    """Largest prize; dice have up to as many sides, and at most 20."""
    kinds: str = kinds("wheel", "wheel bag", "wheel bag", "wheel bag highest", "highest until stop", "until stop")
    """Kinds of games: wheel bag highest until stop."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gamble:
    """A game of chance, by kind: its numbers, and a pattern of H and T where one is waited for."""

    kind: str
    prizes: tuple[tuple[int, int], ...] = ()
    """Prize and weight (or number of coins)."""
    count: int = 0
    low: int = 1
    """Lowest face of a die."""
    sides: int = 0
    heads: Fraction = Fraction(1, 2)
    pattern: str = ""


class ExpectedValue(Question[ExpectedValueConfig, Gamble]):
    """What a game is worth on average."""

    id: ClassVar[str] = "palestra/ExpectedValue-v1"
    Config: ClassVar[type[ExpectedValueConfig]] = ExpectedValueConfig
    templates = (
        "{game} What is the expected {what}?",
        "{game} Find the expected {what}.",
        "{game} On average, how large is the {what}?",
        "Think of this game. {game} Determine the mean {what}.",
    )
    answer_format = "End with a line that is the exact value alone: a whole number, or a fraction p/q in lowest terms."
    verifier = RationalsAnswer()

    def draw(self, rng: KeyedRandom) -> Gamble:
        """Draw a game."""
        config, kind = self.config, rng.choice(self.config.kinds.split())
        n = config.size
        if kind in ("wheel", "bag"):
            values = rng.sample(range(1, max(config.high, n) + 1), n)
            weights = [rng.between(1, 6) for _ in values]
            shared = gcd(*weights) if kind == "wheel" else 1
            prizes = tuple(sorted((value, weight // shared) for value, weight in zip(values, weights, strict=True)))
            most = sum(weights)
            return Gamble(kind=kind, prizes=prizes, count=rng.between(2, most - 1) if kind == "bag" and most > 2 else 1)
        if kind == "until":
            length = rng.between(max(2, n - 2), n)
            pattern = "".join(rng.choice("HT") for _ in range(length))
            return Gamble(kind=kind, heads=draw_chance(6, rng), pattern=pattern)
        return Gamble(
            kind=kind, count=rng.between(2, n), low=rng.between(1, 20), sides=rng.between(4, min(config.high, 20))
        )

    def build(self, key: Gamble, rng: KeyedRandom) -> Content:
        """Ask for the expected value."""
        game, what = _words(key)
        effort = len(key.prizes) * 2 if key.prizes else key.count * key.sides or 4 * len(key.pattern) ** 2
        return Content(slots={"game": game, "what": what}, reference=str(expectation(key)), effort=effort)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A number of a size that a prize may have."""
        return str(Fraction(rng.between(1, 12 * self.config.high), rng.between(1, 12)))


def expectation(game: Gamble) -> Fraction:
    """The exact expected value."""
    if game.prizes:
        total = sum(weight for _, weight in game.prizes)
        return Fraction(game.count * sum(prize * weight for prize, weight in game.prizes), total)
    if game.kind == "highest":
        lower = sum(face**game.count for face in range(game.sides))
        return game.low + game.sides - 1 - Fraction(lower, game.sides**game.count)
    if game.kind == "until":
        return _waiting_time(game)
    faces = range(game.low, game.low + game.sides)
    value = Fraction(sum(faces), game.sides)
    for _ in range(game.count - 1):
        value = sum((max(value, Fraction(face)) for face in faces), Fraction(0)) / game.sides
    return value


def _waiting_time(game: Gamble) -> Fraction:
    """One over the probability of each beginning of the pattern that is its end, too."""
    pattern, waiting, chance = game.pattern, Fraction(0), Fraction(1)
    for length in range(1, len(pattern) + 1):
        chance *= game.heads if pattern[length - 1] == "H" else 1 - game.heads
        if pattern.endswith(pattern[:length]):
            waiting += 1 / chance
    return waiting


def _words(game: Gamble) -> tuple[str, str]:
    """The game, and what is asked of it."""
    top = game.low + game.sides - 1
    if game.kind == "wheel":
        total = sum(weight for _, weight in game.prizes)
        parts = ", ".join(f"{prize} with probability {Fraction(weight, total)}" for prize, weight in game.prizes)
        return f"A wheel pays {parts}.", "payment of one spin"
    if game.kind == "bag":
        coins = ", ".join(f"{number} worth {prize}" for prize, number in game.prizes)
        noun = "coin is" if game.count == 1 else "coins are"
        return f"A bag holds these coins: {coins}. {game.count} {noun} drawn at random, none put back.", "total value"
    if game.kind == "highest":
        return f"{game.count} fair dice with the faces {game.low} to {top} are rolled.", "highest number shown"
    if game.kind == "until":
        coin = f"A coin that shows heads (H) with probability {game.heads} and else tails (T)"
        return f"{coin} is flipped until the last flips are {' '.join(game.pattern)} in this order.", "number of flips"
    return (
        f"You roll a fair die with the faces {game.low} to {top}. After each roll you may stop, and get the number "
        f"shown, or roll again, up to {game.count} rolls in all. You play so as to get the most on average.",
        "payment",
    )
