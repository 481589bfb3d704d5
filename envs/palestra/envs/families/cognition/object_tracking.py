"""People exchange things: who has what in the end?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import WordsAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.cognition.people import first_names
from palestra.envs.families.cognition.things import things
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectTrackingConfig(FamilyConfig):
    """How much is exchanged."""

    num_people: int = ramp(3, 8, low=2, high=20)
    """How many people there are, 2..20."""
    num_swaps: int = ramp(1, 18, low=1, high=100)
    """How often things are exchanged, 1..100."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackingKey:
    """What each person has at first; and which people, in a ring, pass their things on."""

    things: tuple[str, ...]
    passes: tuple[tuple[int, ...], ...]


class ObjectTracking(Question[ObjectTrackingConfig, TrackingKey]):
    """Exchanges of two people and rings of three."""

    id: ClassVar[str] = "palestra/ObjectTracking-v1"
    Config: ClassVar[type[ObjectTrackingConfig]] = ObjectTrackingConfig
    templates = (
        "{start}\n{story}\nWhat do {names} have at the end?",
        "Keep track of who has what.\n{start}\n{story}\nName the things of {names}.",
        "{start} Then this happens.\n{story}\nIn the end, what is in the hands of {names}?",
    )
    answer_format = "Reply with the things alone, in this order of people, separated by commas."
    verifier = WordsAnswer()

    def draw(self, rng: KeyedRandom) -> TrackingKey:
        """Draw things and exchanges."""
        n = self.config.num_people
        every = [thing for items in things().values() for thing in items]
        passes = tuple(
            tuple(rng.sample(range(n), 3 if n > 2 and rng.below(4) == 0 else 2)) for _ in range(self.config.num_swaps)
        )
        return TrackingKey(things=tuple(rng.sample(every, n)), passes=passes)

    def build(self, key: TrackingKey, rng: KeyedRandom) -> Content:
        """Name the people and follow the things."""
        n = len(key.things)
        names, has = rng.sample(first_names(), n), list(key.things)
        lines = []
        for ring in key.passes:
            people = [names[i] for i in ring]
            held = [has[i] for i in ring]
            for i, thing in zip(ring, [held[-1], *held[:-1]], strict=True):
                has[i] = thing
            if len(ring) == 2:
                lines.append(f"{people[0]} and {people[1]} exchange what they have.")
            else:
                a, b, c = people
                lines.append(f"At the same time {a} gives to {b}, {b} to {c} and {c} to {a}.")
        start = ", ".join(f"{name} has the {thing}" for name, thing in zip(names, key.things, strict=True))
        return Content(
            slots={"start": f"{start}.", "story": "\n".join(lines), "names": ", ".join(names)},
            reference=json.dumps(has),
            effort=n + sum(map(len, key.passes)),
            meta={"num_people": n, "num_swaps": len(lines)},
            symbols=tuple(names),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """The things in random order."""
        has = json.loads(task.reference)
        return ", ".join(rng.sample(sorted(has), len(has)))
