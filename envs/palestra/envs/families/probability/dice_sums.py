"""Dice: the exact probability of a sum, a highest number, or of different numbers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.kinds import kinds
from palestra.envs.families.probability.exact import ProbabilityQuestion
from palestra.envs.family import Content
from palestra.verifiers.keyed_random import KeyedRandom

_SIDES = (4, 6, 8, 10, 12, 20)
_SHIFT = 64  # bits of one count in a packed polynomial: 20**12 ways fit


@dataclass(frozen=True, kw_only=True, slots=True)
class DiceSumsConfig(FamilyConfig):
    """Which dice and events are asked."""

    num_dice: int = ramp(2, 6, low=1, high=12)
    """How many dice are rolled, 1..12."""
    num_shapes: int = ramp(6, 6, low=1, high=6)
    """How many kinds of dice there are, of 4, 6, 8, 10, 12 and 20 sides: the first so many."""
    kinds: str = kinds(
        "sum highest", "sum highest", "sum at-least highest", "at-least different highest", "at-least multiple"
    )
    """Kinds of events: sum at-least multiple highest different."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DiceEvent:
    """Dice by their sides, in order of size, and what they shall show."""

    dice: tuple[int, ...]
    kind: str
    number: int = 0


class DiceSums(ProbabilityQuestion[DiceSumsConfig, DiceEvent]):
    """Events of fair dice that need not be alike."""

    id: ClassVar[str] = "palestra/DiceSums-v1"
    Config: ClassVar[type[DiceSumsConfig]] = DiceSumsConfig
    templates = (
        "You roll {dice}, each fair and numbered from 1. What is the probability that {event}?",
        "Fair dice, numbered from 1, are rolled: {dice}. Find the probability that {event}.",
        "{dice} are rolled together; all are fair and numbered from 1. How likely is it that {event}?",
        "On a table lie {dice}, fair and numbered from 1. All are rolled once. Determine the chance that {event}.",
    )

    def draw(self, rng: KeyedRandom) -> DiceEvent:
        """Draw dice and an event."""
        shapes = _SIDES[: self.config.num_shapes]
        dice = tuple(sorted(rng.choice(shapes) for _ in range(self.config.num_dice)))
        kind = rng.choice(self.config.kinds.split())
        n, total = len(dice), sum(dice)
        if kind == "different":
            return DiceEvent(dice=dice, kind=kind)
        low, high = {"sum": (n, total), "at-least": (n + 1, total), "multiple": (3, 9), "highest": (2, dice[-1])}[kind]
        return DiceEvent(dice=dice, kind=kind, number=rng.between(low, high))

    def build(self, key: DiceEvent, rng: KeyedRandom) -> Content | None:
        """Ask for the probability, unless it is 0 or 1, or what anybody would guess of a multiple."""
        chance = probability(key)
        if chance.denominator == 1 or (key.kind == "multiple" and chance == Fraction(1, key.number)):
            return None
        parts = [f"{key.dice.count(s)} {'die' if key.dice.count(s) == 1 else 'dice'} with {s} sides" for s in _SIDES]
        dice = " and ".join(part for part in parts if not part.startswith("0 "))
        events = {
            "sum": f"the sum is {key.number}",
            "at-least": f"the sum is at least {key.number}",
            "multiple": f"the sum is a multiple of {key.number}",
            "highest": f"the highest number shown is {key.number}",
            "different": "all numbers shown are different",
        }
        return Content(
            slots={"dice": dice, "event": events[key.kind]}, reference=str(chance), effort=len(key.dice) * key.dice[-1]
        )


def probability(event: DiceEvent) -> Fraction:
    """The exact probability of the event."""
    return Fraction(_ways(event), prod(event.dice))


def _ways(event: DiceEvent) -> int:
    dice, number = event.dice, event.number
    if event.kind == "highest":
        return prod(min(s, number) for s in dice) - prod(min(s, number - 1) for s in dice)
    if event.kind == "different":
        return prod(max(0, s - i) for i, s in enumerate(dice))
    if event.kind == "sum":
        wanted = range(number, number + 1)
    else:
        wanted = range(number, sum(dice) + 1, number if event.kind == "multiple" else 1)
    sums = prod(_face_polynomial(s) for s in dice)
    return sum(sums >> _SHIFT * total & (1 << _SHIFT) - 1 for total in wanted)


def _face_polynomial(sides: int) -> int:
    """The polynomial x + x^2 + ... + x^sides at x = 2^64: products hold the ways to each sum side by side."""
    return sum(1 << _SHIFT * face for face in range(1, sides + 1))
