"""The angle between the hands of a clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from palestra.envs.answers import NumberAnswer
from palestra.envs.config import FamilyConfig, stages
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict

_DEGREES = re.compile(r"\s?(?:degrees?\b|\u00b0|\^\{?\\circ\}?)")


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockAngleConfig(FamilyConfig):
    """Which times are asked."""

    minute_step: int = stages(5, 5, 2, 1, choices=(1, 2, 5, 10, 15, 30))
    """Minutes are multiples of this."""
    max_hours: int = stages(12, 12, 12, 24, choices=(12, 24))
    """12 for usual dials; 24 for dials of 6, 8, 10, 12, 15, 18, 20 or 24 hours."""
    has_seconds: bool = stages(False, False, False, False, True)
    """Whether times have seconds."""
    max_wait: int = stages(0, 60, 300, 600, 900, choices=(0, 60, 300, 600, 900))
    """How many minutes after the time the angle is asked at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockKey:
    """A dial, a time, and how many minutes pass."""

    hours: int
    hour: int
    minute: int
    second: int
    wait: int


class AngleAnswer(NumberAnswer):
    """`NumberAnswer` for a number of degrees, with or without the unit."""

    name: ClassVar[str] = "angle-answer"

    def judge(self, response: str, reference: Fraction) -> Verdict:
        """Compare the number with the reference."""
        return super().judge(_DEGREES.sub("", response), reference)


class ClockAngle(Question[ClockAngleConfig, ClockKey]):
    """The angle from the hour hand clockwise to the minute hand."""

    id: ClassVar[str] = "palestra/ClockAngle-v1"
    Config: ClassVar[type[ClockAngleConfig]] = ClockAngleConfig
    templates = (
        "{clock} It shows {time}.{wait} How many degrees is it clockwise from the hour hand to the minute hand?",
        "{clock} Now it is {time}.{wait} Clockwise from the hour hand, at how many degrees is the minute hand?",
        "{clock} The time is {time}.{wait} By how many degrees must the hour hand be turned clockwise to lie on the "
        "minute hand?",
    )
    answer_format = "Both hands move evenly. Reply with the exact number alone: a decimal or a fraction, 0 up to 360."
    verifier = AngleAnswer()

    def draw(self, rng: KeyedRandom) -> ClockKey:
        """Draw a dial and a time."""
        config = self.config
        hours = 12 if config.max_hours == 12 else rng.choice((6, 8, 10, 12, 15, 18, 20, 24))
        return ClockKey(
            hours=hours,
            hour=rng.between(1, hours),
            minute=rng.below(60 // config.minute_step) * config.minute_step,
            second=rng.below(5) * 12 if config.has_seconds else 0,
            wait=rng.below(config.max_wait // config.minute_step + 1) * config.minute_step,
        )

    def build(self, key: ClockKey, rng: KeyedRandom) -> Content | None:
        """Calculate exactly."""
        seconds = key.hour * 3600 + key.minute * 60 + key.second + key.wait * 60
        minute_hand = Fraction(360 * (seconds % 3600), 3600)
        hour_hand = Fraction(360 * seconds, 3600 * key.hours) % 360
        angle = (minute_hand - hour_hand) % 360
        ending = f":{key.second:02}" if key.second else ""
        work = 3 + 2 * (key.minute % 30 > 0) + 4 * (key.wait > 0) + 4 * (key.second > 0) + 4 * (key.hours != 12)
        return Content(
            slots={
                "clock": f"A clock has a dial of {key.hours} hours; the minute hand goes round once an hour.",
                "time": f"{key.hour}:{key.minute:02}{ending}",
                "wait": f" Then {key.wait} minutes pass." if key.wait else "",
            },
            reference=str(angle),
            effort=work,
            meta={"hours": key.hours},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Some half degree."""
        return str(rng.below(720) / 2)
