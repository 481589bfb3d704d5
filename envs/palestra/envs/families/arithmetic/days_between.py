"""How many days lie between two dates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import NumberAnswer
from palestra.envs.config import FamilyConfig, geometric
from palestra.envs.families.arithmetic.gregorian import Date, date_of
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_FIRST, _LAST = Date(1801, 1, 1).number(), Date(2199, 12, 31).number()


@dataclass(frozen=True, kw_only=True, slots=True)
class DaysBetweenConfig(FamilyConfig):
    """Which dates are shown."""

    max_days: int = geometric(40, 80_000, low=5, high=140_000)
    """Most days between the dates."""


class DaysBetween(Question[DaysBetweenConfig, tuple[int, int]]):
    """Questions such as `How many days are there from 3 May 2021 to 1 July 2021?`; the key has both days."""

    id: ClassVar[str] = "palestra/DaysBetween-v1"
    Config: ClassVar[type[DaysBetweenConfig]] = DaysBetweenConfig
    templates = (
        "How many days are there from {start} to {end}?",
        "How many days after {start} is {end}?",
        "How many days must pass after {start} until it is {end}?",
        "If today is {start}, in how many days will it be {end}?",
    )
    answer_format = (
        "The day after a date is one day after it. End your reply with the number of days alone on the last line."
    )
    verifier = NumberAnswer()
    floor = 0.06

    def draw(self, rng: KeyedRandom) -> tuple[int, int]:
        """Draw a day and a later one."""
        start = rng.between(_FIRST, _LAST - self.config.max_days)
        return start, start + rng.between(1, self.config.max_days)

    def build(self, key: tuple[int, int], rng: KeyedRandom) -> Content:
        """Ask for the days between them."""
        start, end = key
        return Content(
            slots={"start": date_of(start).text(), "end": date_of(end).text()},
            reference=str(end - start),
            effort=(end - start).bit_length(),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Some number of days."""
        return str(rng.between(1, self.config.max_days))
