"""What time is it, when the hands of a clock point there?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from palestra.envs.answers import final_line
from palestra.envs.config import FamilyConfig, stages
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers import Verdict, Verifier
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom

_TIME = re.compile(r"(0?[0-9]|1[0-2]):([0-5][0-9])")
_DAY = 720


class ClockVerifier(Verifier[int]):
    """PASS when the final line is the right time, such as `3:05` or `03:05`; 0:30 is 12:30. Reference: the time."""

    name: ClassVar[str] = "clock"

    def parse_reference(self, reference: str) -> int:
        """Read the time as minutes after twelve."""
        match = _TIME.fullmatch(reference)
        if not match:
            raise ValueError(f"`{reference[:20]}` is no time such as 3:05")
        return int(match[1]) % 12 * 60 + int(match[2])

    def judge(self, response: str, reference: int) -> Verdict:
        """Compare the minutes."""
        text = final_line(response)
        match = _TIME.fullmatch(text)
        if not match:
            raise NoAnswerError(f"`{quote(text)}` is no time such as 3:05")
        if int(match[1]) % 12 * 60 + int(match[2]) == reference:
            return Verdict.passed(f"{match[0]} is right")
        return Verdict.failed(f"answered {match[0]}, right is {_shown(reference)}")


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockReadingConfig(FamilyConfig):
    """Which clocks are shown."""

    minute_step: int = stages(1, choices=(1, 2, 5))
    """Minutes are multiples of this."""
    is_labelled: bool = stages(True, True, True, False)
    """Whether the hands are told apart."""
    has_mirror: bool = stages(False, False, True)
    """Whether clocks may be seen in a mirror."""
    max_turn: int = stages(0, 0, 0, 0, 11, choices=tuple(range(12)))
    """By how many twelfths the dial may be turned at most."""
    max_wait: int = stages(0, 60, 300, 700, choices=(0, 60, 300, 700))
    """How many minutes later, or earlier, the time is asked at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadingKey:
    """The time in minutes, what is done to the clock, and how many minutes later the time is asked."""

    time: int
    is_mirrored: bool
    turn: int
    """By how many twelfths the dial is turned; 0 for a clock in a mirror."""
    wait: int


class ClockReading(Question[ClockReadingConfig, ReadingKey]):
    """Hands by their angles; where they are not told apart, only one time fits."""

    id: ClassVar[str] = "palestra/ClockReading-v1"
    Config: ClassVar[type[ClockReadingConfig]] = ClockReadingConfig
    templates = (
        "{hands}{changes} {question}",
        "Angles are measured clockwise from the top. {hands}{changes} {question}",
        "Look at a clock with the hours 1 to 12. {hands}{changes} {question}",
    )
    answer_format = "Reply with the time alone, such as 7:45."
    verifier = ClockVerifier()

    def draw(self, rng: KeyedRandom) -> ReadingKey:
        """Draw a time and changes."""
        config = self.config
        is_mirrored = config.has_mirror and rng.below(2) == 1
        return ReadingKey(
            time=rng.below(_DAY // config.minute_step) * config.minute_step,
            is_mirrored=is_mirrored,
            turn=0 if is_mirrored else rng.between(0, config.max_turn),
            wait=rng.between(-config.max_wait, config.max_wait),
        )

    def build(self, key: ReadingKey, rng: KeyedRandom) -> Content | None:
        """Show the hands."""
        hour, minute = _hands(key.time, key)
        is_labelled = self.config.is_labelled
        if not is_labelled and hour != minute and _fits(minute, hour, key):
            return None
        if is_labelled:
            hands = f"The hour hand of a clock points at {_degrees(hour)}, its minute hand at {_degrees(minute)}."
        else:
            low, high = sorted((hour, minute))
            hands = f"The two hands of a clock, which look alike, point at {_degrees(low)} and {_degrees(high)}."
        hands = f"{hands} (The top is 0 degrees, the right is 90.)"
        changes = " These are the angles in a mirror, where left and right are exchanged." if key.is_mirrored else ""
        if key.turn:
            changes = f" The clock hangs askew: its 12 is at {30 * key.turn} degrees."
        asked = f"in {key.wait} minutes" if key.wait > 0 else f"{-key.wait} minutes ago"
        question = ("Which time will it be " if key.wait > 0 else "Which time was it ") + f"{asked}?"
        work = 4 * (not is_labelled) + 3 * key.is_mirrored + 3 * (key.turn > 0) + 3 * (key.wait != 0)
        return Content(
            slots={"hands": hands, "changes": changes, "question": question if key.wait else "Which time is it?"},
            reference=_shown((key.time + key.wait) % _DAY),
            effort=3 + work,
            meta={"is_labelled": is_labelled},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Some time."""
        return _shown(rng.below(_DAY))


def _hands(time: int, key: ReadingKey) -> tuple[Fraction, Fraction]:
    """Where the hour hand and the minute hand are seen."""
    hour, minute = Fraction(time, 2), Fraction(6 * (time % 60))
    sign = -1 if key.is_mirrored else 1
    return sign * (hour + 30 * key.turn) % 360, sign * (minute + 30 * key.turn) % 360


def _fits(hour: Fraction, minute: Fraction, key: ReadingKey) -> bool:
    """Whether the hands of some whole minute are seen at these angles."""
    sign = -1 if key.is_mirrored else 1
    time = 2 * ((sign * hour - 30 * key.turn) % 360)
    return time.denominator == 1 and _hands(int(time), key) == (hour, minute)


def _degrees(angle: Fraction) -> str:
    return f"{float(angle):g} degrees"


def _shown(time: int) -> str:
    return f"{time // 60 or 12}:{time % 60:02}"
