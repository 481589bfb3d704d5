"""The rows of every compiled world, and the world of a task while it is made up."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar

from palestra.envs.families.coined import coined
from palestra.envs.families.tool_domains import people
from palestra.envs.families.tool_domains.compiled.blueprint import Blueprint, ChoiceField, Kind, drawn
from palestra.envs.stateful import Cell, Draft, Record, Schema

SEED = "seed"
_MOST_NUMBER = 40  # below every cap


@dataclass(frozen=True, slots=True)
class Entry(Record):
    """A thing of any kind; what its columns mean, the blueprint says."""

    free: ClassVar[frozenset[str]] = frozenset({"id"})

    id: str
    kind: str
    title: str
    link: str
    """The id of what it is linked to; empty where its kind has no link."""
    c0: Cell
    c1: Cell
    c2: Cell = None
    c3: Cell = None

    def cell(self, column: str) -> Cell:
        """What a column holds."""
        return {"c0": self.c0, "c1": self.c1, "c2": self.c2, "c3": self.c3}[column]

    def put(self, column: str, cell: Cell) -> Entry:
        """The same thing with another value in a column."""
        match column:
            case "c0":
                return replace(self, c0=cell)
            case "c1":
                return replace(self, c1=cell)
            case "c2":
                return replace(self, c2=cell)
        return replace(self, c3=cell)


@dataclass(frozen=True, slots=True)
class Setting(Record):
    """Which blueprint the world was compiled of."""

    is_tracked: ClassVar[bool] = False

    key: str
    value: str


SCHEMA = Schema.of(Entry, Setting)


@dataclass(kw_only=True)
class CompiledDraft(Draft):
    """A world of a blueprint of its own. Goals make the things that they are about; none meets another's."""

    blueprint: Blueprint = field(init=False)
    taken: set[str] = field(default_factory=set)
    """Ids and titles."""

    def __post_init__(self) -> None:
        seed = self.rng.word()
        self.blueprint = drawn(seed)
        self.add(Setting(SEED, str(seed)))

    def fresh(self) -> str:
        """An id that is not taken."""
        while (made := people.number("X", self.rng)) in self.taken:
            pass
        self.taken.add(made)
        return made

    def title(self) -> str:
        """A title that is not taken."""
        while (made := f"{coined(self.rng)} {coined(self.rng)}") in self.taken:
            pass
        self.taken.add(made)
        return made

    def values(self, kind: Kind) -> dict[str, Cell]:
        """Fields of a thing that may be changed, and that others may be linked to."""
        values: dict[str, Cell] = {number.name: self.rng.below(_MOST_NUMBER) for number in kind.numbers}
        return values | {choice.name: self.rng.choice(self.plain(choice)) for choice in kind.choices}

    def plain(self, choice: ChoiceField) -> tuple[str, ...]:
        """The choices that no rule speaks of."""
        frozen, closed = self.blueprint.frozen, self.blueprint.closed
        # Names are different all over a blueprint.
        banned = (
            frozen.choice if frozen.field.name == choice.name else "",
            closed.choice if closed.field.name == choice.name else "",
        )
        return tuple([one for one in choice.choices if one not in banned])

    def entry(self, kind: Kind, above: Entry | None = None, *, choice: tuple[str, str] | None = None) -> Entry:
        """A new thing, linked to one of the kind above (a new one, if none is given), with a choice by its field."""
        if kind.link and above is None:
            above = self.entry(self.blueprint.above(kind))
        known = self.values(kind)
        if choice:
            known[choice[0]] = choice[1]
        cells = {field.column: known[field.name] for field in kind.fields}
        link = above.id if above else ""
        columns = [cells.get(column) for column in ("c0", "c1", "c2", "c3")]
        return self.add(Entry(self.fresh(), kind.name, self.title(), link, *columns))
