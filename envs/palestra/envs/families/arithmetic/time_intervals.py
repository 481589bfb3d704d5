"""How long some intervals of time are together."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import final_line
from palestra.envs.config import FamilyConfig, stages
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict
from palestra.verifiers.verifier import Verifier

_DURATION = re.compile(r"([0-9]{1,6}):([0-5][0-9])(?::([0-5][0-9]))?")
_DAY = 24 * 3600


class DurationAnswer(Verifier[int]):
    """PASS when the final line is the reference's duration, as `H:MM` or `H:MM:SS`.

    Reference: the duration as `H:MM:SS`.
    """

    name: ClassVar[str] = "duration-answer"

    def parse_reference(self, reference: str) -> int:
        """Read the duration as seconds."""
        if not (found := _DURATION.fullmatch(reference)):
            raise ValueError(f"the reference `{quote(reference)}` is no duration")
        return _seconds(found)

    def judge(self, response: str, reference: int) -> Verdict:
        """Compare the seconds."""
        line = final_line(response).strip("`*")
        found = _DURATION.fullmatch(line)
        if not found:
            raise NoAnswerError(f"`{quote(line)}` is no duration of the form hours:minutes:seconds")
        if _seconds(found) == reference:
            return Verdict.passed(f"{_shown(reference)} is right")
        return Verdict.failed(f"answered {_shown(_seconds(found))}, right is {_shown(reference)}")


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeIntervalsConfig(FamilyConfig):
    """Which intervals are shown."""

    num_intervals: int = stages(1, 1, 1, 2, 2, 2, 3, 4, 5, 6, choices=tuple(range(1, 13)))
    """How many intervals are added, 1..12."""
    has_seconds: bool = stages(False, False, True, False, True)
    """Whether times have seconds."""
    max_days: int = stages(0, 0, 0, 0, 0, 1, 2, 3, 5, 9, choices=tuple(range(31)))
    """How many days later an interval ends at most, 0..30."""


class TimeIntervals(Question[TimeIntervalsConfig, tuple[tuple[int, int], ...]]):
    """Questions such as `How long is it from 08:15 to 14:05?`; the key has the seconds of starts and ends."""

    id: ClassVar[str] = "palestra/TimeIntervals-v1"
    Config: ClassVar[type[TimeIntervalsConfig]] = TimeIntervalsConfig
    templates = (
        "A machine ran {intervals}. How long did it run in all?",
        "Somebody worked {intervals}. How much time is that in total?",
        "A lamp was on {intervals}. For how long was it on altogether?",
        "It rained {intervals}. What is the total time of rain?",
    )
    answer_format = (
        "Times are on a clock of 24 hours. End your reply with the total alone on the last line, as "
        "hours:minutes:seconds with two digits for minutes and seconds; hours may pass 24."
    )
    verifier = DurationAnswer()

    def draw(self, rng: KeyedRandom) -> tuple[tuple[int, int], ...]:
        """Draw the intervals."""
        return tuple(self._interval(rng) for _ in range(self.config.num_intervals))

    def canonical(self, key: tuple[tuple[int, int], ...]) -> str:
        """The intervals in order."""
        return repr(sorted(key))

    def build(self, key: tuple[tuple[int, int], ...], rng: KeyedRandom) -> Content:
        """Ask for the sum of the intervals."""
        parts = [self._written(start, end) for start, end in key]
        joined = ", then ".join(parts)
        return Content(
            slots={"intervals": joined},
            reference=_shown(sum(end - start for start, end in key)),
            effort=len(joined),
            meta={"num_intervals": len(key)},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """The length of other intervals."""
        return _shown(sum(end - start for start, end in self.draw(rng)))

    def _interval(self, rng: KeyedRandom) -> tuple[int, int]:
        unit = 1 if self.config.has_seconds else 60
        days = rng.between(0, self.config.max_days)
        first, second = (rng.below(_DAY // unit) * unit for _ in range(2))
        if days == 0 and first >= second:
            first, second = (second, first) if first > second else (0, first + unit)
        return first, second + days * _DAY

    def _written(self, start: int, end: int) -> str:
        days, clock = divmod(end, _DAY)
        later = "" if days == 0 else " on the next day" if days == 1 else f" {days} days later"
        return f"from {self._clock(start)} to {self._clock(clock)}{later}"

    def _clock(self, seconds: int) -> str:
        text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}"
        return f"{text}:{seconds % 60:02d}" if self.config.has_seconds else text


def _seconds(found: re.Match[str]) -> int:
    return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0)


def _shown(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
