"""Clues about who stands where in an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from palestra.envs.families.logic.shapes import Line
from palestra.verifiers.keyed_random import KeyedRandom

KINDS = ("before", "beside", "apart", "end", "gap", "at", "off")


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderClue:
    """Something about item `a`, for most kinds about `b` too; `count` is a place from 1 or a number of items."""

    kind: str
    a: int
    b: int = 0
    count: int = 0

    def holds(self, places: Sequence[int]) -> bool:
        """Whether it is true where item i stands at `places[i]`, counted from 0."""
        a, b = places[self.a], places[self.b]
        match self.kind:
            case "before":
                return a < b
            case "beside":
                return abs(a - b) == 1
            case "apart":
                return abs(a - b) != 1
            case "end":
                return a in (0, len(places) - 1)
            case "gap":
                return abs(a - b) - 1 == self.count
            case "at":
                return a + 1 == self.count
        return a + 1 != self.count

    def text(self, names: Sequence[str], wording: Mapping[str, str]) -> str:
        """The clue in words: `wording` has a sentence with the slots a, b, count and persons for each kind."""
        persons = "1 person sits" if self.count == 1 else f"{self.count} people sit"
        return wording[self.kind].format(a=names[self.a], b=names[self.b], count=self.count, persons=persons)

    def line(self) -> Line:
        """The clue without names."""
        label = f"{self.kind}{self.count}"
        if self.kind in ("end", "at", "off"):
            return label, ((self.a,),)
        return label, ((self.a,), (self.b,)) if self.kind == "before" else ((self.a, self.b),)


def draw_clue(kind: str, places: Sequence[int], rng: KeyedRandom) -> OrderClue | None:
    """A clue of the kind that is true of these places; None where the draw finds none."""
    n = len(places)
    a, b = rng.sample(range(n), 2)
    if kind in ("end", "at", "off"):
        count = {"end": 0, "at": places[a] + 1, "off": rng.between(1, n)}[kind]
        clue = OrderClue(kind=kind, a=a, b=a, count=count)
    else:
        if kind == "before" and places[a] > places[b]:
            a, b = b, a
        gap = abs(places[a] - places[b]) - 1
        if kind == "gap" and gap < 1:
            return None
        clue = OrderClue(kind=kind, a=a, b=b, count=gap if kind == "gap" else 0)
    return clue if clue.holds(places) else None
