"""Walk and turn: where does the way end?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_COMPASS = ("north", "east", "south", "west")
_TURNS = {"Turn right.": 1, "Turn around.": 2, "Turn left.": 3}
_WALKS = ("forward", "to the right, without turning", "backwards", "to the left, without turning")


@dataclass(frozen=True, kw_only=True, slots=True)
class DirectionSenseConfig(FamilyConfig):
    """Which ways are asked."""

    num_steps: int = ramp(2, 14, low=1, high=60)
    """How many times one walks, 1..60."""
    num_walks: int = stages(1, 1, 2, 4, choices=(1, 2, 3, 4))
    """In how many ways one may walk: forward, to the right, backwards, to the left."""
    high: int = ramp(12, 30, low=2, high=99)
    """Most steps at a time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WayKey:
    """Where one looks at first, and pairs of a turn (0 for none), a way to walk and a number of steps."""

    start: int
    steps: tuple[tuple[int, int, int], ...]


class DirectionSense(Question[DirectionSenseConfig, WayKey]):
    """Ways on a plain; asked is the place relative to the start."""

    id: ClassVar[str] = "palestra/DirectionSense-v1"
    Config: ClassVar[type[DirectionSenseConfig]] = DirectionSenseConfig
    templates = (
        "You look {start}. {way}\nHow many steps east and how many steps north of the start are you?",
        "Start facing {start}, then: {way}\nGive your place as steps to the east and steps to the north of the start.",
        "A robot faces {start} and obeys these orders: {way}\nHow far east and how far north of its first place is it?",
    )
    answer_format = "Reply with the two numbers alone, separated by a comma; negative for west and for south."
    verifier = IntegersAnswer()

    def draw(self, rng: KeyedRandom) -> WayKey:
        """Draw turns and walks."""
        config = self.config
        steps = tuple(
            (rng.below(4) if i else rng.below(2), rng.below(config.num_walks), rng.between(1, config.high))
            for i in range(config.num_steps)
        )
        return WayKey(start=rng.below(4), steps=steps)

    def build(self, key: WayKey, rng: KeyedRandom) -> Content:
        """Walk."""
        look, east, north = key.start, 0, 0
        orders: list[str] = []
        for turn, walk, count in key.steps:
            look = (look + turn) % 4
            orders += [text for text, quarter in _TURNS.items() if quarter == turn]
            orders.append(f"Walk {count} step{'s' if count > 1 else ''} {_WALKS[walk]}.")
            direction = (look + walk) % 4
            east += count * (0, 1, 0, -1)[direction]
            north += count * (1, 0, -1, 0)[direction]
        return Content(
            slots={"start": _COMPASS[key.start], "way": " ".join(orders)},
            reference=json.dumps([east, north]),
            effort=len(orders),
            meta={"num_orders": len(orders)},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Some place."""
        high = 2 * self.config.high
        return f"{rng.between(-high, high)}, {rng.between(-high, high)}"
