"""Calendars: the first time at which everybody is free for a meeting."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import final_line
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.word_problems.people import NAMES
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict
from palestra.verifiers.verifier import Verifier

_OPEN, _CLOSE = 8 * 60, 18 * 60
_BUSY_MINUTES = 1000  # of all people together, at most: with more there is hardly ever a free time left
_CLOCK = re.compile(r"(?:.{0,80}\b(?:at|is|from|time:?)\s)?([0-9]{1,2}):([0-9]{2})\s?([ap]\.?m)?", re.IGNORECASE)

Busy = tuple[tuple[int, int], ...]


class ClockAnswer(Verifier[int]):
    """PASS when the final line ends with the right time of the day.

    Reference: a time such as `14:05`. Answers may have one digit for the hour, or am and pm.
    """

    name: ClassVar[str] = "clock-answer"

    def parse_reference(self, reference: str) -> int:
        """Minutes since midnight."""
        hours, minutes = reference.split(":")
        return int(hours) * 60 + int(minutes)

    def judge(self, response: str, reference: int) -> Verdict:
        """Compare the minutes."""
        line = final_line(response)
        found = _CLOCK.fullmatch(line.strip("*`$ "))
        if found is None or int(found[1]) > 24 or int(found[2]) > 59:
            raise NoAnswerError(f"`{quote(line)}` is no time such as 14:05")
        hours, minutes = int(found[1]), int(found[2])
        if found[3]:
            hours = hours % 12 + (12 if found[3][0] in "pP" else 0)
        answer = clock(hours * 60 + minutes)
        if hours * 60 + minutes == reference:
            return Verdict.passed(f"`{answer}` is right")
        return Verdict.failed(f"answered `{answer}`, right is `{clock(reference)}`")


@dataclass(frozen=True, kw_only=True, slots=True)
class ScheduleProblemsConfig(FamilyConfig):
    """Which calendars are asked."""

    num_people: int = ramp(1, 7, low=1, high=12)
    """How many people meet, 1..12."""
    num_busy: int = ramp(2, 6, low=1, high=10)
    """How many busy times each has, 1..10."""
    step: int = stages(10, 5, choices=(5, 10, 15, 30, 60))
    """All times are multiples of so many minutes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Calendars:
    """Busy times of each person, in minutes since midnight, and the length of the meeting."""

    busy: tuple[Busy, ...]
    length: int


class ScheduleProblems(Question[ScheduleProblemsConfig, Calendars]):
    """The earliest start between 8:00 and 18:00."""

    id: ClassVar[str] = "palestra/ScheduleProblems-v1"
    Config: ClassVar[type[ScheduleProblemsConfig]] = ScheduleProblemsConfig
    templates = (
        "{calendars}\nWork goes from 8:00 to 18:00. When is the earliest start of a {length}-minute meeting of {all}?",
        "Between 8:00 and 18:00, find the first time at which {all} can meet for {length} minutes.\n{calendars}",
        "{calendars}\nThe day is from 8:00 to 18:00. From which time on is a slot of {length} minutes free for {all}?",
        "A {length}-minute appointment of {all} must lie between 8:00 and 18:00. At what time can it start at "
        "the earliest?\n{calendars}",
    )
    answer_format = "End with a line that is the time alone, in 24-hour form with hours and minutes (HH:MM)."
    verifier = ClockAnswer()

    def draw(self, rng: KeyedRandom) -> Calendars:
        """Draw busy times that do not overlap for one person; days of many people are less full."""
        config = self.config
        num_steps = (_CLOSE - _OPEN) // config.step
        most = config.step * max(2, _BUSY_MINUTES // (config.num_people * config.num_busy * config.step))
        busy = []
        for _ in range(config.num_people):
            cuts = sorted(rng.sample(range(num_steps + 1), 2 * config.num_busy))
            times = [_OPEN + config.step * cut for cut in cuts]
            spans = zip(times[::2], times[1::2], strict=True)
            busy.append(tuple((start, min(end, start + most)) for start, end in spans))
        return Calendars(busy=tuple(sorted(busy)), length=config.step * rng.between(1, max(2, 60 // config.step)))

    def build(self, key: Calendars, rng: KeyedRandom) -> Content | None:
        """Ask for the earliest start, if there is one and it is not the start of the day."""
        start = earliest(key)
        if start is None or start == _OPEN:
            return None
        names = rng.sample(NAMES, len(key.busy))
        lines = [
            f"{name} is busy {', '.join(f'{clock(a)}-{clock(b)}' for a, b in busy)}."
            for name, busy in zip(names, key.busy, strict=True)
        ]
        everybody = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        return Content(
            slots={"calendars": "\n".join(lines), "length": str(key.length), "all": everybody},
            reference=clock(start),
            effort=sum(map(len, key.busy)),
            symbols=tuple(names),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A time of the day."""
        return clock(_OPEN + self.config.step * rng.below((_CLOSE - _OPEN) // self.config.step))


def earliest(calendars: Calendars) -> int | None:
    """The first minute from which on everybody is free for long enough; None where there is none."""
    free_from = _OPEN
    for start, end in sorted(span for busy in calendars.busy for span in busy):
        if start - free_from >= calendars.length:
            return free_from
        free_from = max(free_from, end)
    return free_from if _CLOSE - free_from >= calendars.length else None


def clock(minutes: int) -> str:
    """A time of the day, such as 14:05."""
    return f"{minutes // 60}:{minutes % 60:02d}"
