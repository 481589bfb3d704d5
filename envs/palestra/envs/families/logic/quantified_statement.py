"""Statements with every, some and no about a few objects: which of them are true."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.kinds import check_kinds
from palestra.envs.families.logic.selection import SelectionQuestion, mixed, numbered
from palestra.envs.families.logic.words import words
from palestra.envs.family import Content
from palestra.verifiers.keyed_random import KeyedRandom

_CANDIDATES_PER_OPTION = 8
_NUM_COLOURS = 3
_NUM_SHAPES = 3
_KINDS = ("plain", "count", "relation", "nested")
_COMPARISONS = ("larger than", "smaller than", "to the left of", "to the right of")


@dataclass(frozen=True, kw_only=True, slots=True)
class QuantifiedStatementConfig(FamilyConfig):
    """How many objects and statements there are, and what is said."""

    objects: int = ramp(4, 14, low=3, high=30)
    """Objects in the row."""
    options: int = ramp(5, 9, low=3, high=12)
    """Statements."""
    kinds: str = stages("plain", "plain count relation", "count relation nested", choices=())
    """Kinds of statements, separated by blanks: `plain count relation nested`."""

    def check(self) -> None:
        """Kinds are known."""
        check_kinds("kinds", self.kinds, _KINDS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """An object of the row."""

    place: int
    colour: str
    shape: str
    size: int


Row = tuple[tuple[int, int, int], ...]
"""For each object the numbers of its colour and shape, and its size."""


class QuantifiedStatement(SelectionQuestion[QuantifiedStatementConfig, Row]):
    """The key has the objects; statements are drawn about them."""

    id: ClassVar[str] = "palestra/QuantifiedStatement-v1"
    Config: ClassVar[type[QuantifiedStatementConfig]] = QuantifiedStatementConfig
    templates = (
        "A row of objects, from left to right, with their sizes: {objects}.\nWhich of these statements are true?\n"
        "{options}",
        "From left to right there are: {objects}. (The numbers are sizes.)\nFind the true statements.\n{options}",
        "These things stand in a row, leftmost first, each with its size: {objects}.\nWhat is true of them?\n{options}",
    )
    answer_format = "End your reply with a line that has only the numbers of the true statements, such as `1, 4`."

    def draw(self, rng: KeyedRandom) -> Row:
        """Objects by chance."""
        return tuple(
            (rng.below(_NUM_COLOURS), rng.below(_NUM_SHAPES), rng.between(1, 9)) for _ in range(self.config.objects)
        )

    def build(self, key: Row, rng: KeyedRandom) -> Content | None:
        """Make statements and sort them by their truth."""
        config = self.config
        colours, shapes = rng.sample(words("colour"), _NUM_COLOURS), rng.sample(words("shape"), _NUM_SHAPES)
        items = [
            Item(place=place, colour=colours[colour], shape=shapes[shape], size=size)
            for place, (colour, shape, size) in enumerate(key)
        ]
        texts: dict[bool, dict[str, None]] = {True: {}, False: {}}
        for _ in range(config.options * _CANDIDATES_PER_OPTION):
            text, is_true = statement(rng.choice(config.kinds.split()), items, rng)
            texts[is_true][text] = None
        chosen = mixed(list(texts[True]), list(texts[False]), config.options, rng)
        if chosen is None:
            return None
        options, right = chosen
        return Content(
            slots={
                "objects": ", ".join(f"{item.colour} {item.shape} {item.size}" for item in items),
                "options": numbered(options),
            },
            reference=json.dumps(right),
            effort=len(items) * len(options),
            meta={"options": len(options), "objects": len(items)},
        )


def statement(kind: str, items: Sequence[Item], rng: KeyedRandom) -> tuple[str, bool]:
    """A statement about things that exist, and whether it is true."""
    one, other = rng.choice(items), rng.choice(items)
    noun, members = _class_of(one, items, rng)
    if kind == "count":
        return _count(noun, len(members), rng)
    other_noun, others = _class_of(other, items, rng)
    comparison = rng.choice(_COMPARISONS)
    table = [[_holds(comparison, a, b) for b in others if a != b] for a in members]
    if kind == "plain" or not all(table):  # a comparison with nothing would be true to some readers only
        return _plain(noun, members, other, rng)
    inner, fits = ("some", map(any, table)) if kind == "relation" else ("every", map(all, table))
    quantifier = rng.choice(("Every", "Some", "No"))
    if (quantifier, inner) == ("No", "some"):
        inner = "any"  # `No circle is larger than some star` has two readings
    if any(member in others for member in members):
        inner += " other"
    return f"{quantifier} {noun} is {comparison} {inner} {other_noun}.", _quantified(quantifier, list(fits))


def _quantified(quantifier: str, fits: Sequence[bool]) -> bool:
    return {"Every": all(fits), "Some": any(fits), "No": not any(fits)}[quantifier]


def _count(noun: str, number: int, rng: KeyedRandom) -> tuple[str, bool]:
    count = rng.between(max(1, number - 2), number + 2)
    relation = rng.choice(("exactly", "at least", "at most"))
    is_true = {"exactly": number == count, "at least": number >= count, "at most": number <= count}[relation]
    return f"There {'is' if count == 1 else 'are'} {relation} {count} {noun}{'s' * (count != 1)}.", is_true


def _plain(noun: str, members: Sequence[Item], other: Item, rng: KeyedRandom) -> tuple[str, bool]:
    quantifier = rng.choice(("Every", "Some", "No"))
    if rng.below(2):
        bound = other.size
        predicate, fits = f"has a size of at least {bound}", [item.size >= bound for item in members]
    elif noun.endswith("object"):
        predicate, fits = f"is a {other.shape}", [item.shape == other.shape for item in members]
    else:
        predicate, fits = f"is {other.colour}", [item.colour == other.colour for item in members]
    return f"{quantifier} {noun} {predicate}.", _quantified(quantifier, fits)


def _class_of(item: Item, items: Sequence[Item], rng: KeyedRandom) -> tuple[str, list[Item]]:
    """A noun for the item, and everything that it names."""
    kind = rng.below(3)
    if kind == 0:
        return f"{item.colour} object", [other for other in items if other.colour == item.colour]
    if kind == 1:
        return item.shape, [other for other in items if other.shape == item.shape]
    named = [other for other in items if (other.colour, other.shape) == (item.colour, item.shape)]
    return f"{item.colour} {item.shape}", named


def _holds(comparison: str, a: Item, b: Item) -> bool:
    match comparison:
        case "larger than":
            return a.size > b.size
        case "smaller than":
            return a.size < b.size
        case "to the left of":
            return a.place < b.place
    return a.place > b.place
