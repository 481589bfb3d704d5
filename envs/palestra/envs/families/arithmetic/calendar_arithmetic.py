"""Dates: so many days later or earlier, and the weekdays of a month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.families.arithmetic.gregorian import MONTHS, Date, DateAnswer, date_of
from palestra.envs.families.kinds import check_kinds
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_FIRST, _LAST = Date(1901, 1, 1).number(), Date(2099, 12, 31).number()
_ORDINALS = ("first", "second", "third", "fourth")
_KINDS = ("later", "earlier", "weekday")


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarArithmeticConfig(FamilyConfig):
    """Which dates are asked."""

    max_days: int = geometric(15, 20_000, low=2, high=60_000)
    """Most days between the date that is given and the one that is asked for."""
    kinds: str = stages("later", "later earlier", *["later earlier weekday"] * 8, choices=())
    """Kinds of questions, separated by spaces: later earlier weekday."""

    def check(self) -> None:
        """The kinds exist."""
        check_kinds("kinds", self.kinds, _KINDS)


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarKey:
    """A kind of question, a day that is given, and how many days later another one is."""

    kind: str
    given: int
    days: int


class CalendarArithmetic(Question[CalendarArithmeticConfig, CalendarKey]):
    """Questions such as `What is the date 45 days after 20 January 2024?`."""

    id: ClassVar[str] = "palestra/CalendarArithmetic-v1"
    Config: ClassVar[type[CalendarArithmeticConfig]] = CalendarArithmeticConfig
    templates = (
        "{question}",
        "Use the Gregorian calendar. {question}",
        "{question} Mind the leap years.",
        "Calendar question: {question}",
    )
    answer_format = "End your reply with the date alone on the last line, in the form YYYY-MM-DD."
    verifier = DateAnswer()

    def draw(self, rng: KeyedRandom) -> CalendarKey:
        """Draw a kind and two days."""
        kind = rng.choice(self.config.kinds.split())
        given = rng.between(_FIRST, _LAST)
        days = rng.between(1, self.config.max_days)
        is_back = kind == "earlier" or (kind == "weekday" and rng.below(2) == 1)
        return CalendarKey(kind=kind, given=given, days=-days if is_back else days)

    def canonical(self, key: CalendarKey) -> str:
        """The two days; of a weekday the day that is asked for, which many distances lead to."""
        return (
            repr(key) if key.kind != "weekday" else f"{key.given} {_nth_weekday(date_of(key.given + key.days)).iso()}"
        )

    def build(self, key: CalendarKey, rng: KeyedRandom) -> Content | None:
        """Ask for the other day."""
        if not _FIRST <= key.given + key.days <= _LAST:
            return None
        given, asked = date_of(key.given), date_of(key.given + key.days)
        if key.kind == "weekday":
            asked = _nth_weekday(asked)
            which = f"{_ORDINALS[(asked.day - 1) // 7]} {asked.weekday()} of {MONTHS[asked.month - 1]} {asked.year}"
            question = f"{given.text()} is a {given.weekday()}. What is the date of the {which}?"
        else:
            days = f"{abs(key.days)} day{'' if abs(key.days) == 1 else 's'}"
            question = f"What is the date {days} {'before' if key.days < 0 else 'after'} {given.text()}?"
        return Content(slots={"question": question}, reference=asked.iso(), effort=abs(key.days).bit_length())

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Some day."""
        return date_of(rng.between(_FIRST, _LAST)).iso()


def _nth_weekday(date: Date) -> Date:
    """The day itself, or a week before where it is the fifth of its weekday: not every month has one."""
    return Date(date.year, date.month, date.day - 7 if date.day > 28 else date.day)
