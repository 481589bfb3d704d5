"""Roman numerals: writing numbers, and adding and subtracting them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import TextAnswer
from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.errors import ConfigError
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_MAX = 3999
_SIGNS = (
    (1000, "M"),
    (900, "CM"),
    (500, "D"),
    (400, "CD"),
    (100, "C"),
    (90, "XC"),
    (50, "L"),
    (40, "XL"),
    (10, "X"),
    (9, "IX"),
    (5, "V"),
    (4, "IV"),
    (1, "I"),
)


def roman(number: int) -> str:
    """A number of 1..3999 in its standard form.

    >>> roman(1994)
    'MCMXCIV'
    """
    text = ""
    for value, sign in _SIGNS:
        count, number = divmod(number, value)
        text += sign * count
    return text


@dataclass(frozen=True, kw_only=True, slots=True)
class RomanNumeralsConfig(FamilyConfig):
    """Which numerals are asked."""

    num_terms: int = stages(1, 1, 2, 2, 2, 3, 3, 4, 5, 6, choices=tuple(range(1, 13)))
    """1: a number is to be written; 2..12: so many numerals are added and subtracted."""
    high: int = geometric(80, 3000, low=10, high=_MAX)
    """Largest number that is shown."""

    def check(self) -> None:
        """Sums can be written."""
        if self.num_terms > 1 and self.high < self.num_terms:
            raise ConfigError(f"`high` must be {self.num_terms} or more, got {self.high}\n\nhint: use fewer terms")


class RomanNumerals(Question[RomanNumeralsConfig, tuple[int, ...]]):
    """Questions such as `XIV + IX - III`; the key has the signed terms."""

    id: ClassVar[str] = "palestra/RomanNumerals-v1"
    Config: ClassVar[type[RomanNumeralsConfig]] = RomanNumeralsConfig
    templates = (
        "Write {value} as a Roman numeral.",
        "What is {value} in Roman numerals?",
        "Give {value} as a Roman numeral in standard form.",
        "Which Roman numeral stands for {value}?",
    )
    answer_format = "End your reply with the Roman numeral alone on the last line."
    verifier = TextAnswer()

    def draw(self, rng: KeyedRandom) -> tuple[int, ...]:
        """Terms whose sums on the way stay within 1..3999."""
        terms = [rng.between(1, self.config.high)]
        total = terms[0]
        for _ in range(self.config.num_terms - 1):
            is_minus = total > 1 and rng.below(2) == 1
            room = total - 1 if is_minus else _MAX - total
            if room:
                term = rng.between(1, min(room, self.config.high))
                terms.append(-term if is_minus else term)
                total += terms[-1]
        return tuple(terms)

    def canonical(self, key: tuple[int, ...]) -> str:
        """The terms in order of size."""
        return " ".join(map(str, sorted(key)))

    def build(self, key: tuple[int, ...], rng: KeyedRandom) -> Content:
        """Ask for the numeral of the sum."""
        signed = "".join(f" {'-' if term < 0 else '+'} {roman(abs(term))}" for term in key[1:])
        value = f"{roman(key[0])}{signed}" if len(key) > 1 else str(key[0])
        return Content(
            slots={"value": value},
            reference=roman(sum(key)),
            effort=sum(len(roman(abs(term))) for term in key),
            meta={"num_terms": len(key)},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """The numeral of some number."""
        return roman(rng.between(1, self.config.high))
