"""Seating orders: put people side by side as they wish. Any order that grants all wishes is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line, read_words
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.kinds import check_kinds
from palestra.envs.families.logic.order_clues import OrderClue, draw_clue
from palestra.envs.families.logic.shapes import canonical_text
from palestra.envs.families.logic.words import words
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers.answer import quote
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict

_WORDING = {
    "before": "{a} sits somewhere to the left of {b}.",
    "beside": "{a} sits next to {b}.",
    "apart": "{a} does not sit next to {b}.",
    "end": "{a} sits at one of the two ends.",
    "gap": "Exactly {persons} between {a} and {b}.",
    "at": "{a} sits in seat {count}.",
    "off": "{a} does not sit in seat {count}.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Seating:
    """People, their wishes, and one order from left to right that grants them."""

    names: tuple[str, ...]
    clues: tuple[OrderClue, ...]
    solution: tuple[str, ...]


class SeatingVerifier(RecordVerifier[Seating]):
    """PASS when the final line names everybody once, in an order that fulfils every clue.

    Reference: the record of a `Seating`.
    """

    name: ClassVar[str] = "seating-order"
    record_type = Seating

    def judge(self, response: str, reference: Seating) -> Verdict:
        """Check the clues one by one."""
        line = final_line(response)
        order = [name.casefold() for name in read_words(line)]
        names = [name.casefold() for name in reference.names]
        if sorted(order) != sorted(names):
            return Verdict.failed(f"`{quote(line)}` does not name each of the {len(names)} people once")
        place = {name: i for i, name in enumerate(order)}
        places = [place[name] for name in names]
        for clue in reference.clues:
            if not clue.holds(places):
                return Verdict.failed(f"it is not so that: {clue.text(reference.names, _WORDING)}")
        return Verdict.passed(f"all {len(reference.clues)} wishes are granted")


@dataclass(frozen=True, kw_only=True, slots=True)
class SeatingOrderConfig(FamilyConfig):
    """How many people there are, and what they wish."""

    people: int = ramp(4, 12, low=3, high=16)
    """People and seats."""
    clues: int = ramp(4, 18, low=1, high=40)
    """Wishes that are drawn; those that repeat are left out."""
    kinds: str = stages("at before beside off", "before beside at off", "before beside apart end gap", choices=())
    """Kinds of wishes, separated by blanks: `before beside apart end gap at off`."""

    def check(self) -> None:
        """Kinds are known."""
        check_kinds("kinds", self.kinds, _WORDING)


@dataclass(frozen=True, kw_only=True, slots=True)
class SeatingOrderKey:
    """A seat for each person, and wishes that it grants."""

    places: tuple[int, ...]
    clues: tuple[OrderClue, ...]


class SeatingOrder(Question[SeatingOrderConfig, SeatingOrderKey]):
    """The key has numbered people; `build` names them."""

    id: ClassVar[str] = "palestra/SeatingOrder-v1"
    Config: ClassVar[type[SeatingOrderConfig]] = SeatingOrderConfig
    templates = (
        "{people} sit in a row of {count} seats, numbered from 1 on the left.\n{clues}\nGive an order in which all of "
        "this is true.",
        "Seat {people} side by side in seats 1 (leftmost) to {count} (rightmost), one in each, so that:\n{clues}",
        "A row has {count} seats; seat 1 is on the far left. Find places for {people} that agree with all of these "
        "sentences.\n{clues}",
    )
    answer_format = (
        "End your reply with a line that has all the names in order from left to right, separated by commas. Any order "
        "that fits is right."
    )
    verifier = SeatingVerifier()

    def draw(self, rng: KeyedRandom) -> SeatingOrderKey:
        """Seats by chance, and true sentences about them."""
        config = self.config
        kinds = config.kinds.split()
        places = tuple(rng.sample(range(config.people), config.people))
        drawn = [draw_clue(rng.choice(kinds), places, rng) for _ in range(config.clues)]
        return SeatingOrderKey(places=places, clues=tuple(dict.fromkeys(clue for clue in drawn if clue)))

    def canonical(self, key: SeatingOrderKey) -> str:
        """The wishes without names and order."""
        return canonical_text([clue.line() for clue in key.clues], len(key.places))

    def build(self, key: SeatingOrderKey, rng: KeyedRandom) -> Content | None:
        """Name the people."""
        n = len(key.places)
        if len(key.clues) < self.config.clues // 3:
            return None
        names = rng.sample(words("name"), n)
        order = sorted(range(n), key=lambda person: key.places[person])
        solution = tuple(names[person] for person in order)
        seating = Seating(names=tuple(names), clues=key.clues, solution=solution)
        listed = rng.sample(names, n)
        return Content(
            slots={
                "people": f"{', '.join(listed[:-1])} and {listed[-1]}",
                "count": str(n),
                "clues": "\n".join(clue.text(names, _WORDING) for clue in key.clues),
            },
            reference=encode(seating),
            effort=n * len(key.clues),
            meta={"people": n, "clues": len(key.clues)},
            symbols=tuple(names),
        )

    def oracle(self, task: Task) -> str:
        """The order that the wishes were made for."""
        return ", ".join(decode(Seating, task.reference).solution)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Any order."""
        names = decode(Seating, task.reference).names
        return ", ".join(rng.sample(names, len(names)))
