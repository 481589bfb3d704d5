"""Animals and their legs: count the legs, or find the animals from heads and legs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import ClassVar

from palestra.envs.answers import RationalsAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.kinds import kinds
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class LegCountingConfig(FamilyConfig):
    """Which animals are counted."""

    num_kinds: int = ramp(2, 12, low=2, high=20)
    """How many kinds of animals there are, 2..20."""
    high: int = ramp(9, 40, low=2, high=999)
    """Most animals of one kind."""
    kinds: str = kinds("legs", "legs", "legs missing", "legs missing heads", "missing heads")
    """Kinds of questions: legs missing heads."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Animal:
    """An animal: its name for one and for many, and its legs."""

    one: str
    many: str
    legs: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Herd:
    """Numbers of animals by place in the table, and what is asked; the last (two, for heads) is asked for."""

    kind: str
    animals: tuple[tuple[int, int], ...]


class LegCounting(Question[LegCountingConfig, Herd]):
    """Sums of legs, forwards and backwards."""

    id: ClassVar[str] = "palestra/LegCounting-v1"
    Config: ClassVar[type[LegCountingConfig]] = LegCountingConfig
    templates = (
        "{facts} {asked}",
        "On a farm: {facts} {asked}",
        "{facts} All of them have all their legs. {asked}",
        "A child counts animals. {facts} {asked}",
    )
    answer_format = "End with a line that is the number alone."
    verifier = RationalsAnswer()

    def draw(self, rng: KeyedRandom) -> Herd:
        """Draw animals and their numbers; what is asked for has legs."""
        table, config = animals(), self.config
        kind = rng.choice(config.kinds.split())
        chosen = rng.sample(range(len(table)), config.num_kinds)
        chosen.sort(key=lambda i: table[i].legs > 0)  # those without legs first
        herd = [(i, rng.between(1, config.high)) for i in chosen]
        if kind == "legs":
            rng.shuffle(herd)
        return Herd(kind=kind, animals=tuple(herd))

    def canonical(self, key: Herd) -> str:
        """Numbers and legs in order, those asked for last."""
        table, num_asked = animals(), {"legs": 0, "missing": 1, "heads": 2}[key.kind]
        pairs = [(table[i].legs, number) for i, number in key.animals]
        known = len(pairs) - num_asked
        return f"{sorted(pairs[:known])} {pairs[known:]}"

    def build(self, key: Herd, rng: KeyedRandom) -> Content | None:
        """Ask for the legs, or for the animals that are not told; none where legs do not tell them."""
        table = animals()
        legs = sum(table[i].legs * number for i, number in key.animals)
        (first, _), (last, answer) = key.animals[-2:]
        asked = f"How many {table[last].many} are there?"
        if key.kind == "legs":
            if not legs:
                return None
            facts, asked, answer = (
                f"There are {_listed(_counted(key.animals))}.",
                "How many legs do they have in all?",
                legs,
            )
        elif key.kind == "missing":
            if not table[last].legs:
                return None
            named = _listed([*_counted(key.animals[:-1]), f"some {table[last].many}"])
            facts = f"There are {named}. They have {legs} legs in all."
        else:
            if table[first].legs == table[last].legs:
                return None
            heads = sum(number for _, number in key.animals)
            named = _listed([*_counted(key.animals[:-2]), f"some {table[first].many}", f"some {table[last].many}"])
            facts = f"There are {named}: {heads} animals with {legs} legs in all."
        effort = len(key.animals) * {"legs": 1, "missing": 1.5, "heads": 2}[key.kind]
        return Content(slots={"facts": facts, "asked": asked}, reference=str(answer), effort=effort)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A number of a size that the answer may have."""
        return str(rng.between(1, 3 * self.config.num_kinds * self.config.high))


@cache
def animals() -> tuple[Animal, ...]:
    """The table of animals."""
    rows = json.loads((files(__package__) / "animals.json").read_text("ascii"))
    return tuple(Animal(one=one, many=many, legs=legs) for one, (many, legs) in rows.items())


def _counted(herd: tuple[tuple[int, int], ...]) -> list[str]:
    table = animals()
    return [f"{number} {table[i].one if number == 1 else table[i].many}" for i, number in herd]


def _listed(parts: list[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
