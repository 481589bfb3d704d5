"""Things come and go: how many of each kind are there in the end?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.cognition.things import things
from palestra.envs.families.phrasing import is_or_are, listed
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_NUMBERS = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class CountObjectsConfig(FamilyConfig):
    """What is counted."""

    num_things: int = ramp(3, 16, low=2, high=36)
    """How many sorts of things are named, 2..36."""
    num_kinds: int = ramp(2, 4, low=1, high=6)
    """How many kinds are asked, 1..6."""
    num_removals: int = ramp(0, 8, low=0, high=20)
    """How many times things are taken away, 0..20."""
    high: int = stages(9, 12, choices=tuple(range(2, 13)))
    """Most things of a sort at a time, 2..12."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CountKey:
    """Kinds, and what comes (or goes, below 0) of which sort."""

    kinds: tuple[str, ...]
    changes: tuple[tuple[str, str, int], ...]
    """Kind, thing and number."""


class CountObjects(Question[CountObjectsConfig, CountKey]):
    """Lists of things of several kinds; kinds that nobody asks for are there too."""

    id: ClassVar[str] = "palestra/CountObjects-v1"
    Config: ClassVar[type[CountObjectsConfig]] = CountObjectsConfig
    templates = (
        "{story}\nHow many {kinds} are there now?",
        "Count what is there in the end.\n{story}\nGive the numbers of {kinds}.",
        "{story}\nTell how many there are of these kinds: {kinds}.",
    )
    answer_format = (
        "Reply with the numbers alone, in this order, separated by commas (a single number if one is asked)."
    )
    verifier = IntegersAnswer()

    def draw(self, rng: KeyedRandom) -> CountKey:
        """Draw sorts, numbers, and what is taken away."""
        config = self.config
        sorts = [(kind, thing) for kind, items in things().items() for thing in items]
        some = rng.sample(sorts, config.num_things)
        changes = [(kind, thing, rng.between(1, config.high)) for kind, thing in some]
        left = {thing: count for _, thing, count in changes}
        for _ in range(config.num_removals):
            kind, thing = rng.choice(some)
            if left[thing]:
                gone = rng.between(1, left[thing])
                left[thing] -= gone
                changes.append((kind, thing, -gone))
        kinds = list(dict.fromkeys(kind for kind, _ in some))
        return CountKey(kinds=tuple(kinds[: config.num_kinds]), changes=tuple(changes))

    def build(self, key: CountKey, rng: KeyedRandom) -> Content:
        """Tell the story."""
        come = [_phrase(thing, count) for _, thing, count in key.changes if count > 0]
        gone = [
            f"Then {_phrase(thing, -count)} {is_or_are(-count)} taken away."
            for _, thing, count in key.changes
            if count < 0
        ]
        counts = [sum(n for kind, _, n in key.changes if kind == asked) for asked in key.kinds]
        return Content(
            slots={
                "story": " ".join([f"In a hall there {is_or_are(key.changes[0][2])} {listed(come)}.", *gone]),
                "kinds": listed(list(key.kinds)),
            },
            reference=json.dumps(counts),
            effort=len(key.changes) + len(key.kinds),
            meta={"num_changes": len(key.changes)},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Small numbers."""
        return ", ".join(str(rng.between(0, 2 * self.config.high)) for _ in json.loads(task.reference))


def _phrase(thing: str, count: int) -> str:
    if count == 1:
        return f"{'an' if thing[0] in 'aeiou' else 'a'} {thing}"
    return f"{_NUMBERS[count]} {thing}s"
