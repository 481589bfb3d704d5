"""The steps that stories are composed of: what they do to a number, how they are drawn, how they are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from palestra.verifiers.keyed_random import KeyedRandom

_MAX_VALUE = 100_000  # beyond it nothing multiplies any more
_PERCENTS = (10, 20, 25, 30, 40, 50, 60, 75, 80)
_FRACTIONS = ((1, 2), (1, 3), (2, 3), (1, 4), (3, 4), (1, 5), (2, 5), (3, 5))


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A kind of step with its one or two numbers."""

    kind: str
    a: int = 0
    b: int = 0


SENTENCES: Final[Mapping[str, tuple[str, ...]]] = {
    "gain": (
        "{name} finds {a} more {items}.",
        "{friend} gives {name} {a} more {items}.",
        "{name} buys another {a} {items}.",
    ),
    "lose": (
        "{name} gives {a} of the {items} to {friend}.",
        "{name} loses {a} of the {items}.",
        "{name} sells {a} of the {items}.",
    ),
    "packs": ("{name} buys {a} packs of {b} {items}.", "{friend} brings {name} {a} boxes with {b} {items} each."),
    "daily": (
        "Each day for {a} days, {name} gets {b} more {items}.",
        "For {a} days in a row, {name} earns {b} {items} a day.",
    ),
    "share": (
        "{name} shares the {items} equally among {a} people, {name} included, and keeps one share.",
        "{name} splits the {items} into {a} equal heaps and keeps just one heap.",
    ),
    "times": (
        "{name} collects more {items}, until there are {a} times as many.",
        "{name}'s number of {items} grows to {a} times what it was.",
    ),
    "fraction": ("{name} gives away {a}/{b} of the {items}.", "{friend} gets {a}/{b} of all {items} that {name} has."),
    "percent": ("{name} sells {a} percent of the {items}.", "{name} gives {a} percent of the {items} to {friend}."),
    "swap": (
        "{name} swaps all the {items}, getting {b} new {items} for every {a} old ones.",
        "{friend} takes all the {items} and hands back {b} {items} for every {a}.",
    ),
}


def applied(step: Step, value: int) -> int:
    """The number after the step."""
    a, b = step.a, step.b
    if step.kind in ("packs", "daily"):
        return value + a * b
    if step.kind == "fraction":
        return value - value * a // b
    if step.kind == "swap":
        return value // a * b
    if step.kind == "percent":
        return value - value * a // 100
    return {"gain": value + a, "lose": value - a, "share": value // max(a, 1), "times": value * a}[step.kind]


def draw_step(kind: str, value: int, high: int, rng: KeyedRandom) -> Step:
    """A step of the kind that fits the number; more or fewer things where none does."""
    if kind == "lose" and value > 1:
        return Step(kind=kind, a=rng.between(1, min(value - 1, high)))
    if kind in ("packs", "daily"):
        return Step(kind=kind, a=rng.between(2, 9), b=rng.between(2, min(high, 20)))
    if kind == "times" and value * 5 <= _MAX_VALUE:
        return Step(kind=kind, a=rng.between(2, 5))
    if kind == "share" and (fitting := [a for a in range(2, 10) if value % a == 0 and value > a]):
        return Step(kind=kind, a=rng.choice(fitting))
    if kind == "fraction" and (parts := [(a, b) for a, b in _FRACTIONS if value % b == 0]):
        a, b = rng.choice(parts)
        return Step(kind=kind, a=a, b=b)
    if kind == "percent" and (percents := [p for p in _PERCENTS if value * p % 100 == 0]):
        return Step(kind=kind, a=rng.choice(percents))
    if kind == "swap" and (fitting := [a for a in range(2, 7) if value % a == 0 and value * 7 <= _MAX_VALUE]):
        a = rng.choice(fitting)
        return Step(kind=kind, a=a, b=rng.choice([b for b in range(1, 8) if b != a]))
    return Step(kind="gain", a=rng.between(1, high))


def sentence(step: Step, words: Mapping[str, str], text: str) -> str:
    """The step in words."""
    return text.format(**words, a=step.a, b=step.b)
