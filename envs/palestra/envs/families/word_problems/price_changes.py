"""Prices that rise and fall by percentages, one change after the other, to the cent."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from palestra.envs.answers import RationalsAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.kinds import kinds
from palestra.envs.families.word_problems.cents import rounded_cents
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_GOODS = ("coat", "lamp", "bike", "chair", "watch", "radio", "tent", "desk")


@dataclass(frozen=True, kw_only=True, slots=True)
class PriceChangesConfig(FamilyConfig):
    """Which prices are asked."""

    num_changes: int = ramp(1, 7, low=1, high=20)
    """How many changes, 1..20."""
    high: int = ramp(20, 90, low=2, high=999)
    """Largest price, in tens of dollars."""
    percent_step: int = ramp(10, 1, low=1, high=50)
    """Percentages are multiples of this."""
    asks: str = kinds("last", "last", "last first")
    """What is asked: the last price, or the first one from the last."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prices:
    """The price in dollars that is told, the changes in per cent, and which price is asked."""

    told: int
    changes: tuple[int, ...]
    asks: str


class PriceChanges(Question[PriceChangesConfig, Prices]):
    """The price at the end, or at the beginning."""

    id: ClassVar[str] = "palestra/PriceChanges-v1"
    Config: ClassVar[type[PriceChangesConfig]] = PriceChangesConfig
    templates = (
        "{facts} {asked}",
        "Each percentage is taken of the price just before. {facts} {asked}",
        "{facts} Each change is relative to the price before it. {asked}",
        "Follow the price. {facts} {asked}",
    )
    answer_format = "Round only once, at the end, to whole cents. End with a line that is the number of dollars alone."
    verifier = RationalsAnswer()

    def draw(self, rng: KeyedRandom) -> Prices:
        """Draw a price and the changes."""
        config = self.config
        steps = range(1, max(2, 60 // config.percent_step + 1))
        changes = [rng.choice(steps) * config.percent_step * rng.choice((1, -1)) for _ in range(config.num_changes)]
        asks = rng.choice(config.asks.split())
        return Prices(told=10 * rng.between(1, config.high), changes=tuple(changes), asks=asks)

    def canonical(self, key: Prices) -> str:
        """The changes in order of size: their order does not matter."""
        return f"{key.told} {sorted(key.changes)} {key.asks}"

    def build(self, key: Prices, rng: KeyedRandom) -> Content | None:
        """Ask for a price."""
        answer = rounded_cents(asked_price(key))
        if answer is None:
            return None
        thing = rng.choice(_GOODS)
        changes = [f"{'rises' if change > 0 else 'falls'} by {abs(change)}%" for change in key.changes]
        if key.asks == "last":
            facts = f"A {thing} costs {key.told} dollars. Its price {', then '.join(changes)}."
            asked = "What does it cost in the end, in dollars?"
        else:
            facts = f"The price of a {thing} {', then '.join(changes)}. In the end it costs {key.told} dollars."
            asked = "What did it cost at first, in dollars?"
        return Content(
            slots={"facts": facts, "asked": asked},
            reference=answer,
            effort=len(key.changes) * (1 if key.asks == "last" else 2),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """An amount of dollars and cents."""
        return f"{rng.between(1, 20 * self.config.high)}.{rng.below(100):02d}"


def asked_price(prices: Prices) -> Fraction:
    """The exact price that is asked, in dollars."""
    factor = Fraction(1)
    for change in prices.changes:
        factor *= Fraction(100 + change, 100)
    return prices.told * factor if prices.asks == "last" else prices.told / factor
