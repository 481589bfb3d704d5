"""Numbers in several notations: find the largest or the smallest, and write it plainly."""

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

_NOTATIONS = ("plain", "commas", "scientific", "words")
_SCALES = ((10**9, "billion"), (10**6, "million"), (10**3, "thousand"))


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberFormatConfig(FamilyConfig):
    """Which numbers are shown."""

    num_numbers: int = stages(2, 2, 3, 3, 4, 4, 5, 6, 8, 10, choices=tuple(range(2, 21)))
    """How many numbers are compared, 2..20."""
    num_digits: int = stages(2, 3, 3, 3, 4, 4, 5, 5, 6, 7, choices=tuple(range(2, 13)))
    """Digits of a number before its zeros, 2..12."""
    max_zeros: int = stages(3, 3, 3, 4, 4, 5, 5, 6, 6, 7, choices=tuple(range(2, 11)))
    """Most zeros at the end of a number, 2..10."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberFormatKey:
    """Numbers that differ, and which one is asked for."""

    numbers: tuple[int, ...]
    wants_largest: bool


class NumberFormat(Question[NumberFormatConfig, NumberFormatKey]):
    """Questions such as `Which is larger: 3.2e4, 41,000, 39 thousand?`; the answer is a plain whole number."""

    id: ClassVar[str] = "palestra/NumberFormat-v1"
    Config: ClassVar[type[NumberFormatConfig]] = NumberFormatConfig
    templates = (
        "Which of these numbers is the {extreme}: {numbers}?",
        "Find the {extreme} number: {numbers}.",
        "Numbers: {numbers}\nWrite down the {extreme} one.",
        "Among {numbers}, what is the {extreme} value?",
    )
    answer_format = (
        "End your reply with that number alone on the last line, as a plain whole number: "
        "all digits, no exponent and no words."
    )
    verifier = NumberAnswer()

    def draw(self, rng: KeyedRandom) -> NumberFormatKey:
        """Draw numbers that are near each other."""
        config = self.config
        zeros = rng.between(2, config.max_zeros)
        middle = rng.between(10 ** (config.num_digits - 1), 10**config.num_digits - 1)
        spread = 2 * config.num_numbers
        steps = [step for step in range(-spread, spread + 1) if middle + step > 0]
        numbers = tuple((middle + step) * 10**zeros for step in rng.sample(steps, config.num_numbers))
        return NumberFormatKey(numbers=numbers, wants_largest=bool(rng.below(2)))

    def canonical(self, key: NumberFormatKey) -> str:
        """The numbers in order of size."""
        return f"{key.wants_largest} {' '.join(map(str, sorted(key.numbers)))}"

    def build(self, key: NumberFormatKey, rng: KeyedRandom) -> Content:
        """Write each number in a notation of its own."""
        first = rng.below(len(_NOTATIONS))
        shown = [_written(n, _NOTATIONS[(first + i) % len(_NOTATIONS)]) for i, n in enumerate(key.numbers)]
        best = max(key.numbers) if key.wants_largest else min(key.numbers)
        return Content(
            slots={"numbers": "; ".join(shown), "extreme": "largest" if key.wants_largest else "smallest"},
            reference=str(best),
            effort=sum(len(str(number)) for number in key.numbers),
            meta={"num_numbers": len(key.numbers)},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A plain number of about that size."""
        digits = rng.between(10 ** (self.config.num_digits - 1), 10**self.config.num_digits - 1)
        return str(digits * 10 ** rng.between(2, self.config.max_zeros))


def _written(number: int, notation: str) -> str:
    if notation == "plain":
        return str(number)
    if notation == "commas":
        return f"{number:,}"
    if notation == "words":
        for scale, name in _SCALES:
            if number >= scale:
                return f"{decimal_text(Fraction(number, scale))} {name}"
    exponent = len(str(number)) - 1
    return f"{decimal_text(Fraction(number, 10**exponent))}e{exponent}"
