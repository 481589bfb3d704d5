"""Savings: simple and compound interest, with and without yearly payments, to the cent."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from palestra.envs.answers import RationalsAnswer
from palestra.envs.config import FamilyConfig, geometric, ramp
from palestra.envs.families.kinds import kinds
from palestra.envs.families.word_problems.cents import rounded_cents
from palestra.envs.families.word_problems.people import NAMES
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class InterestConfig(FamilyConfig):
    """Which savings are asked."""

    num_years: int = ramp(1, 6, low=1, high=30)
    """How many years the money stays, 1..30; up to one more is drawn."""
    high: int = geometric(9, 200, low=2, high=10_000)
    """Largest amount, in hundreds of dollars."""
    halves: int = ramp(0, 1, low=0, high=1)
    """1 where rates may have a half per cent."""
    kinds: str = kinds("simple", "simple compound", "simple compound", "compound payments", "payments")
    """Kinds of savings: simple compound payments."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Savings:
    """Dollars, half per cents of yearly interest, years, and what is added at the end of each year."""

    kind: str
    dollars: int
    half_percents: int
    num_years: int
    yearly: int = 0


class Interest(Question[InterestConfig, Savings]):
    """How much money there is in the end."""

    id: ClassVar[str] = "palestra/Interest-v1"
    Config: ClassVar[type[InterestConfig]] = InterestConfig
    templates = (
        "{facts} How many dollars are there after {years}?",
        "{facts} How large is the sum after {years}, in dollars?",
        "{facts} To how many dollars does this grow in {years}?",
        "A savings plan: {facts} State the balance in dollars after {years}.",
    )
    answer_format = "Round only once, at the end, to whole cents. End with a line that is the number of dollars alone."
    verifier = RationalsAnswer()

    def draw(self, rng: KeyedRandom) -> Savings:
        """Draw an amount, a rate and a time."""
        config, kind = self.config, rng.choice(self.config.kinds.split())
        rate = rng.between(1, 10) * 2 - (rng.below(2) if config.halves else 0)
        years = config.num_years + rng.below(2)
        yearly = rng.between(1, config.high) * 10 if kind == "payments" else 0
        dollars = rng.between(1, config.high) * 100
        return Savings(kind=kind, dollars=dollars, half_percents=rate, num_years=years, yearly=yearly)

    def build(self, key: Savings, rng: KeyedRandom) -> Content | None:
        """Ask for the balance."""
        answer = rounded_cents(balance(key))
        if answer is None:
            return None
        name = rng.choice(NAMES)
        way = "simple interest a year" if key.kind == "simple" else "compound interest, added at the end of each year"
        facts = f"{name} puts {key.dollars} dollars into an account with {_percent(key)}% {way}."
        if key.yearly:
            facts += f" Right after that, each year, {name} pays in {key.yearly} dollars more."
        return Content(
            slots={"facts": facts, "years": "1 year" if key.num_years == 1 else f"{key.num_years} years"},
            reference=answer,
            effort=key.num_years * {"simple": 1, "compound": 2, "payments": 3}[key.kind],
            symbols=(name,),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """An amount of dollars and cents."""
        return f"{rng.between(100, 200 * self.config.high)}.{rng.below(100):02d}"


def balance(savings: Savings) -> Fraction:
    """The exact balance in dollars."""
    rate = Fraction(savings.half_percents, 200)
    if savings.kind == "simple":
        return savings.dollars * (1 + rate * savings.num_years)
    amount = Fraction(savings.dollars)
    for _ in range(savings.num_years):
        amount = amount * (1 + rate) + savings.yearly
    return amount


def _percent(savings: Savings) -> str:
    whole, half = divmod(savings.half_percents, 2)
    return f"{whole}.5" if half else str(whole)
