"""The Gregorian calendar in whole numbers: days are counted from 1 January of the year 1, which is day 0, a Monday."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import final_line
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.verdict import Verdict
from palestra.verifiers.verifier import Verifier

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DAYS_BEFORE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")


@dataclass(frozen=True, slots=True, order=True)
class Date:
    """A day."""

    year: int
    month: int
    """1..12."""
    day: int

    def number(self) -> int:
        """How many days after 1 January of the year 1 it is."""
        past = self.year - 1
        leap_day = self.month > 2 and is_leap(self.year)
        return (
            past * 365 + past // 4 - past // 100 + past // 400 + _DAYS_BEFORE[self.month - 1] + leap_day + self.day - 1
        )

    def iso(self) -> str:
        """Such as `2031-04-07`."""
        return f"{self.year:04d}-{self.month:02d}-{self.day:02d}"

    def text(self) -> str:
        """Such as `7 April 2031`."""
        return f"{self.day} {MONTHS[self.month - 1]} {self.year}"

    def weekday(self) -> str:
        """Name of its day of the week."""
        return WEEKDAYS[self.number() % 7]


def is_leap(year: int) -> bool:
    """Whether a year has 366 days."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_days(year: int, month: int) -> int:
    """How many days a month has."""
    if month == 2:
        return 29 if is_leap(year) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def date_of(number: int) -> Date:
    """The day with a number."""
    year = number * 400 // 146_097 + 1
    while Date(year, 1, 1).number() > number:
        year -= 1
    while Date(year + 1, 1, 1).number() <= number:
        year += 1
    rest, month = number - Date(year, 1, 1).number(), 1
    while rest >= month_days(year, month):
        rest -= month_days(year, month)
        month += 1
    return Date(year, month, rest + 1)


class DateAnswer(Verifier[Date]):
    """PASS when the final line is the reference's day.

    Reference: the day as `YYYY-MM-DD`.
    """

    name: ClassVar[str] = "date-answer"

    def parse_reference(self, reference: str) -> Date:
        """Read the day."""
        if not (found := _ISO.fullmatch(reference)):
            raise ValueError(f"the reference `{quote(reference)}` is no date")
        return Date(*map(int, found.groups()))

    def judge(self, response: str, reference: Date) -> Verdict:
        """Compare year, month and day."""
        line = final_line(response).strip("`*")
        found = _ISO.fullmatch(line)
        if not found:
            raise NoAnswerError(f"`{quote(line)}` is no date of the form YYYY-MM-DD")
        if Date(*map(int, found.groups())) == reference:
            return Verdict.passed(f"{reference.iso()} is right")
        return Verdict.failed(f"answered {quote(line)}, right is {reference.iso()}")
