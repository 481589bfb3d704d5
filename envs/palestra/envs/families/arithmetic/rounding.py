"""Rounding to decimal places, to significant digits, and to tens, hundreds and so on."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from palestra.envs.answers import NumberAnswer
from palestra.envs.config import FamilyConfig, stages
from palestra.envs.families.arithmetic.expression import decimal_text
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundingConfig(FamilyConfig):
    """Which numbers are rounded."""

    num_digits: int = stages(4, 4, 4, 5, 6, 7, 8, 10, 12, 15, choices=tuple(range(3, 31)))
    """Digits of the number, 3..30."""
    kinds: str = stages("places", "places", "places tens", *["places tens significant"] * 7)
    """Kinds of rounding, separated by spaces."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundingKey:
    """Digits, how many of them stand behind the point, and the place to which is rounded."""

    digits: int
    places: int
    kind: str
    unit: int
    """Power of ten of the last place that is kept."""


class Rounding(Question[RoundingConfig, RoundingKey]):
    """Questions such as `Round 3.14159 to 2 decimal places`."""

    id: ClassVar[str] = "palestra/Rounding-v1"
    Config: ClassVar[type[RoundingConfig]] = RoundingConfig
    templates = (
        "Round {number} to {place}.",
        "What is {number} rounded to {place}?",
        "Give {number} to {place}, rounded.",
        "Write {number} correct to {place}.",
    )
    answer_format = (
        "What lies exactly in the middle is rounded away from zero. "
        "End your reply with the rounded number alone on the last line."
    )
    verifier = NumberAnswer()
    floor = 0.05

    def draw(self, rng: KeyedRandom) -> RoundingKey:
        """Draw digits, a point, and a place among them."""
        n = self.config.num_digits
        kind = rng.choice(self.config.kinds.split())
        digits = rng.between(10 ** (n - 1), 10**n - 1)
        places = rng.between(0, n - 2) if kind == "significant" else rng.between(2, n - 1) if kind == "places" else 0
        unit = -rng.between(0 if places > 1 else 1, places - 1) if kind == "places" else rng.between(1, n - 2) - places
        # A tie is rare by chance, and it is what the rule is for.
        cut = places + unit
        if cut >= 1 and rng.below(6) == 0:
            digits = digits // 10**cut * 10**cut + 5 * 10 ** (cut - 1)
        return RoundingKey(digits=digits if rng.below(4) else -digits, places=places, kind=kind, unit=unit)

    def build(self, key: RoundingKey, rng: KeyedRandom) -> Content | None:
        """Ask for the rounded number; one that is round already is not asked for."""
        value = Fraction(key.digits, 10**key.places)
        unit = Fraction(10) ** key.unit
        rounded = rounded_to(value, unit)
        if rounded == value or rounded == 0:
            return None
        return Content(
            slots={"number": _fixed(key), "place": self._place(key)},
            reference=str(rounded),
            effort=len(str(abs(key.digits))),
        )

    def oracle(self, task: Task) -> str:
        """The rounded number as a decimal."""
        return decimal_text(Fraction(task.reference))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A decimal of as many digits."""
        digits = rng.between(1, 10 ** (self.config.num_digits - 1))
        return decimal_text(Fraction(digits, 10 ** rng.between(0, self.config.num_digits - 1)))

    def _place(self, key: RoundingKey) -> str:
        if key.kind == "significant":
            count = len(str(abs(key.digits))) - (key.places + key.unit)
            return f"{count} significant digit{'s' if count > 1 else ''}"
        if key.kind == "places" and key.unit < 0:
            return f"{-key.unit} decimal place{'s' if key.unit < -1 else ''}"
        return f"the nearest multiple of {10**key.unit}" if key.unit else "the nearest whole number"


def rounded_to(value: Fraction, unit: Fraction) -> Fraction:
    """The nearest multiple of the unit; of two that are equally near, the one further from zero."""
    count = (abs(value) / unit + Fraction(1, 2)).__floor__()
    return count * unit if value >= 0 else -count * unit


def _fixed(key: RoundingKey) -> str:
    digits = str(abs(key.digits)).rjust(key.places + 1, "0")
    sign = "-" if key.digits < 0 else ""
    return f"{sign}{digits[: -key.places]}.{digits[-key.places :]}" if key.places else f"{sign}{digits}"
