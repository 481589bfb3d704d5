"""Rates: trips, meetings, chases, joint work and pipes, with exact fractions."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from palestra.envs.answers import RationalsAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.kinds import kinds
from palestra.envs.families.word_problems.people import NAMES
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_RANKS = {"trip": 1, "meet": 2, "chase": 3, "average": 1, "work": 2, "pipes": 2}


@dataclass(frozen=True, kw_only=True, slots=True)
class RateAndWorkConfig(FamilyConfig):
    """Which problems are asked."""

    size: int = ramp(1, 7, low=1, high=12)
    """Parts of a trip, workers or pipes, 1..12; 2 or more where one makes no problem."""
    high: int = ramp(12, 40, low=4, high=200)
    """Largest number of hours or, times five, kilometers."""
    kinds: str = kinds("trip", "trip meet work", "meet chase average work", "chase average work pipes", "average pipes")
    """Kinds of problems: trip meet chase average work pipes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rates:
    """The numbers of a problem; what they mean depends on its kind."""

    kind: str
    numbers: tuple[int, ...]


class RateAndWork(Question[RateAndWorkConfig, Rates]):
    """How long, how far or how fast."""

    id: ClassVar[str] = "palestra/RateAndWork-v1"
    Config: ClassVar[type[RateAndWorkConfig]] = RateAndWorkConfig
    templates = (
        "{facts} {asked}",
        "Solve exactly. {facts} {asked}",
        "{facts} All rates stay the same. {asked}",
        "Nothing speeds up or slows down here. {facts} {asked}",
    )
    answer_format = "End with a line that is the number alone: a whole number, or a fraction p/q in lowest terms."
    verifier = RationalsAnswer()

    def draw(self, rng: KeyedRandom) -> Rates:
        """Draw the numbers."""
        config, kind = self.config, rng.choice(self.config.kinds.split())
        n, high = config.size, config.high
        if kind == "trip":
            return Rates(kind=kind, numbers=(rng.below(3), rng.between(2, 24) * 5, rng.between(2, high)))
        if kind in ("meet", "chase"):
            return Rates(kind=kind, numbers=(rng.between(4, high) * 5, rng.between(2, 24) * 5, rng.between(2, 24) * 5))
        if kind == "average":
            legs = [(rng.between(1, high) * 5, rng.between(2, 24) * 5) for _ in range(max(2, n))]
            return Rates(kind=kind, numbers=tuple(number for leg in legs for number in leg))
        hours = [rng.between(2, high) for _ in range(max(2, n))]
        if kind == "pipes":
            hours = [*sorted(hours[:-1]), -hours[-1]]
        return Rates(kind=kind, numbers=tuple(hours if kind == "pipes" else sorted(hours)))

    def build(self, key: Rates, rng: KeyedRandom) -> Content | None:
        """Tell the problem; none where a chase or a filling never ends."""
        answer = solve(key)
        if answer is None:
            return None
        names = rng.sample(NAMES, max(3, len(key.numbers)))
        facts, asked = _TOLD[key.kind](key.numbers, names)
        effort = _RANKS[key.kind] * (len(key.numbers) if key.kind in ("average", "work", "pipes") else 1)
        return Content(
            slots={"facts": facts, "asked": asked},
            reference=str(answer),
            effort=effort,
            symbols=tuple(name for name in names if name in facts),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A number of hours or kilometers."""
        return str(Fraction(rng.between(1, 5 * self.config.high), rng.between(1, 12)))


def solve(rates: Rates) -> Fraction | None:
    """The exact answer; None where there is none."""
    numbers = rates.numbers
    if rates.kind == "trip":
        asked, speed, hours = numbers
        return Fraction((speed * hours, hours, speed)[asked])
    if rates.kind == "meet":
        distance, a, b = numbers
        return Fraction(distance, a + b)
    if rates.kind == "chase":
        distance, slow, fast = numbers
        return Fraction(distance, fast - slow) if fast > slow else None
    if rates.kind == "average":
        distances, speeds = numbers[::2], numbers[1::2]
        return sum(distances) / sum((Fraction(d, v) for d, v in zip(distances, speeds, strict=True)), Fraction(0))
    rate = sum((Fraction(1, hours) for hours in numbers), Fraction(0))
    return 1 / rate if rate > 0 else None


def _trip(numbers: tuple[int, ...], names: list[str]) -> tuple[str, str]:
    asked, speed, hours = numbers
    name, distance = names[0], speed * hours
    return (
        (f"{name} drives for {hours} hours at {speed} km per hour.", "How many kilometers is that?"),
        (f"{name} drives {distance} km at {speed} km per hour.", "How many hours does it take?"),
        (f"{name} drives {distance} km in {hours} hours at a constant speed.", "How many km per hour is that?"),
    )[asked]


def _meet(numbers: tuple[int, ...], names: list[str]) -> tuple[str, str]:
    distance, a, b = numbers
    one, other = names[:2]
    facts = f"{one} and {other} are {distance} km apart and drive towards each other, {one} at {a} and {other} at {b}"
    return f"{facts} km per hour. They start at the same time.", "After how many hours do they meet?"


def _chase(numbers: tuple[int, ...], names: list[str]) -> tuple[str, str]:
    distance, slow, fast = numbers
    one, other = names[:2]
    facts = (
        f"{one} is {distance} km ahead of {other} on a road. {one} drives on at {slow} km per hour, {other} at {fast}"
    )
    return f"{facts} km per hour in the same direction.", f"After how many hours does {other} reach {one}?"


def _average(numbers: tuple[int, ...], names: list[str]) -> tuple[str, str]:
    legs = [f"{d} km at {v} km per hour" for d, v in zip(numbers[::2], numbers[1::2], strict=True)]
    facts = f"{names[0]} drives {', then '.join(legs)}."
    return facts, "What is the average speed of the whole trip, in km per hour?"


def _work(numbers: tuple[int, ...], names: list[str]) -> tuple[str, str]:
    parts = [f"{name} alone needs {hours} hours" for name, hours in zip(names, numbers, strict=False)]
    return f"For one job, {', '.join(parts)}.", "How many hours do they need if all work on it together?"


def _pipes(numbers: tuple[int, ...], names: list[str]) -> tuple[str, str]:
    *filling, drain = numbers
    noun = "pipe fills" if len(filling) == 1 else "pipes fill"
    hours = " and ".join(map(str, filling)) if len(filling) < 3 else f"{', '.join(map(str, filling))}"
    alone = "" if len(filling) == 1 else ", each alone,"
    facts = (
        f"{len(filling)} {noun}{alone} an empty tank in {hours} hours. A drain empties the full tank in {-drain} hours."
    )
    return facts, "The tank is empty. If all of these are open, after how many hours is it full?"


_TOLD = {"trip": _trip, "meet": _meet, "chase": _chase, "average": _average, "work": _work, "pipes": _pipes}
