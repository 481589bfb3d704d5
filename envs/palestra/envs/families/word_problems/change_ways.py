"""In how many ways coins pay an amount."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RationalsAnswer
from palestra.envs.config import FamilyConfig, geometric, ramp
from palestra.envs.families.word_problems.coins import draw_coins, num_ways
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeWaysConfig(FamilyConfig):
    """Which coins and amounts are asked."""

    num_coins: int = ramp(2, 6, low=2, high=10)
    """How many kinds of coins there are, 2..10; 1 is one of them."""
    max_coin: int = ramp(10, 30, low=10, high=200)
    """Most that a coin is worth."""
    max_amount: int = geometric(99, 300, low=20, high=1000)
    """Largest amount; the smallest is half of it."""


class ChangeWays(Question[ChangeWaysConfig, tuple[tuple[int, ...], int]]):
    """Counting payments; the key has the coins and the amount."""

    id: ClassVar[str] = "palestra/ChangeWays-v1"
    Config: ClassVar[type[ChangeWaysConfig]] = ChangeWaysConfig
    templates = (
        "Coins are worth {coins}. In how many ways can {amount} be paid? The order of the coins does not matter.",
        "How many different sets of coins worth {coins} (each as often as you like) add up to {amount}?",
        "With any number of coins of {coins}, how many ways are there to pay {amount}, order aside?",
        "Your purse holds plenty of coins worth {coins}. Count the ways to pay {amount}; the order does not count.",
    )
    answer_format = "End with a line that is the number of ways alone."
    verifier = RationalsAnswer()

    def draw(self, rng: KeyedRandom) -> tuple[tuple[int, ...], int]:
        """Draw coins and an amount."""
        config = self.config
        coins = draw_coins(config.num_coins, config.max_coin, rng)
        return coins, rng.between(config.max_amount // 2, config.max_amount)

    def build(self, key: tuple[tuple[int, ...], int], rng: KeyedRandom) -> Content:
        """Ask for the number of ways."""
        coins, amount = key
        ways = num_ways(coins, amount)
        return Content(
            slots={"coins": ", ".join(map(str, coins)), "amount": str(amount)},
            reference=str(ways),
            effort=len(coins) * amount,
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A number of a size that the answer may have."""
        return str(rng.between(1, self.config.max_amount ** rng.between(1, 2)))
