"""A dictionary is changed again and again: what is in it at the end?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.cognition.things import things
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_KINDS = ("set", "add", "subtract", "copy", "swap", "sum")

Update = tuple[str, int, int, int]
"""Its kind, two entries and a number."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MemoryUpdateConfig(FamilyConfig):
    """How much is changed."""

    num_entries: int = ramp(2, 8, low=2, high=20)
    """How many entries there are, 2..20."""
    num_updates: int = ramp(1, 20, low=1, high=100)
    """How often an entry is changed, 1..100."""
    num_update_kinds: int = stages(2, 3, 5, 6, choices=(1, 2, 3, 4, 5, 6))
    """How many kinds of changes occur, of: set, add, subtract, copy, swap, sum."""
    high: int = ramp(20, 99, low=5, high=999)
    """Largest number."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MemoryKey:
    """Values at first, and their updates."""

    values: tuple[int, ...]
    updates: tuple[Update, ...]


class MemoryUpdate(Question[MemoryUpdateConfig, MemoryKey]):
    """Entries that are set, changed, copied and exchanged."""

    id: ClassVar[str] = "palestra/MemoryUpdate-v1"
    Config: ClassVar[type[MemoryUpdateConfig]] = MemoryUpdateConfig
    templates = (
        "A table holds {start}.\n{updates}\nWhat are the values of {names} now?",
        "Keep this table in mind: {start}. These changes follow, one after the other.\n{updates}\n"
        "Give the final values of {names}.",
        "Stored: {start}.\nChanges:\n{updates}\nWhat is stored for {names} in the end?",
    )
    answer_format = "Reply with the values alone, in this order, separated by commas."
    verifier = IntegersAnswer()

    def draw(self, rng: KeyedRandom) -> MemoryKey:
        """Draw values and updates."""
        config = self.config
        updates = []
        for _ in range(config.num_updates):
            one, other = rng.sample(range(config.num_entries), 2)
            updates.append((_KINDS[rng.below(config.num_update_kinds)], one, other, rng.between(1, config.high)))
        return MemoryKey(
            values=tuple(rng.between(1, config.high) for _ in range(config.num_entries)), updates=tuple(updates)
        )

    def build(self, key: MemoryKey, rng: KeyedRandom) -> Content:
        """Name the entries and follow the updates."""
        every = [thing for items in things().values() for thing in items]
        names, values = rng.sample(every, len(key.values)), list(key.values)
        lines = []
        for kind, one, other, number in key.updates:
            lines.append(_sentence(kind, names[one], names[other], number))
            _apply(values, kind, (one, other), number)
        start = ", ".join(f"{name} = {value}" for name, value in zip(names, key.values, strict=True))
        return Content(
            slots={"start": start, "updates": "\n".join(lines), "names": ", ".join(names)},
            reference=json.dumps(values),
            effort=len(names) + len(lines),
            meta={"num_entries": len(names), "num_updates": len(lines)},
            symbols=tuple(names),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """As many numbers."""
        return ", ".join(str(rng.between(1, self.config.high)) for _ in json.loads(task.reference))


def _sentence(kind: str, one: str, other: str, number: int) -> str:
    return {
        "set": f"Set {one} to {number}.",
        "add": f"Add {number} to {one}.",
        "subtract": f"Subtract {number} from {one}.",
        "copy": f"Set {one} to the value of {other}.",
        "swap": f"Exchange the values of {one} and {other}.",
        "sum": f"Add the value of {other} to {one}.",
    }[kind]


def _apply(values: list[int], kind: str, places: tuple[int, int], number: int) -> None:
    one, other = places
    if kind == "swap":
        values[one], values[other] = values[other], values[one]
        return
    values[one] = {
        "set": number,
        "add": values[one] + number,
        "subtract": values[one] - number,
        "copy": values[other],
        "sum": values[one] + values[other],
    }[kind]
