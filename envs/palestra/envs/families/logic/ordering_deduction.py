"""Who came in which place: the one order that fits all clues."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from itertools import permutations
from typing import ClassVar

from palestra.envs.answers import WordsAnswer
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.kinds import check_kinds
from palestra.envs.families.logic.order_clues import KINDS, OrderClue, draw_clue
from palestra.envs.families.logic.shapes import canonical_text
from palestra.envs.families.logic.words import words
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_WORDING = {
    "before": "{a} finished before {b}.",
    "beside": "{a} and {b} finished directly one after the other.",
    "apart": "{a} and {b} did not finish directly one after the other.",
    "end": "{a} was first or last.",
    "gap": "Exactly {count} of the others finished between {a} and {b}.",
    "at": "{a} took place {count}.",
    "off": "{a} did not take place {count}.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderingDeductionConfig(FamilyConfig):
    """How many people there are, and what is told."""

    people: int = ramp(4, 7, low=3, high=7)
    """Runners of the race."""
    kinds: str = stages(
        "before at", "before beside at off", "before beside gap end", "before apart gap end off", choices=()
    )
    """Kinds of clues, separated by blanks: `before beside apart end gap at off`."""

    def check(self) -> None:
        """Kinds are known."""
        check_kinds("kinds", self.kinds, KINDS)


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderingDeductionKey:
    """A place for each person, and clues that only these places fulfil."""

    places: tuple[int, ...]
    clues: tuple[OrderClue, ...]


class OrderingDeduction(Question[OrderingDeductionConfig, OrderingDeductionKey]):
    """The key has numbered people; `build` names them."""

    id: ClassVar[str] = "palestra/OrderingDeduction-v1"
    Config: ClassVar[type[OrderingDeductionConfig]] = OrderingDeductionConfig
    templates = (
        "{count} people, {people}, ran a race without ties.\n{clues}\nIn which order did they finish?",
        "In a race, {people} took the places 1 to {count}.\n{clues}\nGive the order of the finish.",
        "{count} runners, {people}, crossed the line one by one.\n{clues}\nFind the order in which they arrived.",
    )
    answer_format = (
        "One order fits. End your reply with a line that has all the names from the first to the last, separated by "
        "commas."
    )
    verifier = WordsAnswer()

    def draw(self, rng: KeyedRandom) -> OrderingDeductionKey:
        """Clues that rule out something each, until one order is left."""
        n, kinds = self.config.people, self.config.kinds.split()
        places = tuple(rng.sample(range(n), n))
        clues = []
        left = (1 << len(orders(n))) - 1
        tries = 0
        while left & (left - 1):
            tries += 1
            clue = draw_clue(rng.choice(kinds) if tries < 16 * n else "at", places, rng)
            if clue is not None and (rest := left & fulfilling(clue, n)) != left:
                clues.append(clue)
                left = rest
        return OrderingDeductionKey(places=places, clues=tuple(clues))

    def canonical(self, key: OrderingDeductionKey) -> str:
        """The clues without names and order."""
        return canonical_text([clue.line() for clue in key.clues], len(key.places))

    def build(self, key: OrderingDeductionKey, rng: KeyedRandom) -> Content:
        """Name the people."""
        n = len(key.places)
        names = rng.sample(words("name"), n)
        order = sorted(range(n), key=lambda person: key.places[person])
        clues = [clue.text(names, _WORDING) for clue in key.clues]
        listed = sorted(names)
        return Content(
            slots={
                "people": f"{', '.join(listed[:-1])} and {listed[-1]}",
                "count": str(n),
                "clues": "\n".join(rng.sample(clues, len(clues))),
            },
            reference=json.dumps([names[person] for person in order]),
            effort=n * len(clues),
            meta={"people": n, "clues": len(clues)},
            symbols=tuple(names),
        )

    def oracle(self, task: Task) -> str:
        """The order."""
        return ", ".join(json.loads(task.reference))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Any order."""
        names = json.loads(task.reference)
        return ", ".join(rng.sample(names, len(names)))


@cache
def fulfilling(clue: OrderClue, num_people: int) -> int:
    """The orders, by their place in `orders`, in which a clue is true."""
    at = _at(num_people)
    places = [0] * num_people
    found = 0
    for a in range(num_people):
        places[clue.a] = a
        if clue.a == clue.b:
            found |= at[clue.a][a] if clue.holds(places) else 0
            continue
        for b in range(num_people):
            places[clue.b] = b
            if a != b and clue.holds(places):
                found |= at[clue.a][a] & at[clue.b][b]
    return found


@cache
def orders(num_people: int) -> tuple[tuple[int, ...], ...]:
    """All ways to give people places."""
    return tuple(permutations(range(num_people)))


@cache
def _at(num_people: int) -> list[list[int]]:
    """For each person and place the orders in which the person has the place."""
    at = [[0] * num_people for _ in range(num_people)]
    for number, places in enumerate(orders(num_people)):
        for person, place in enumerate(places):
            at[person][place] |= 1 << number
    return at
