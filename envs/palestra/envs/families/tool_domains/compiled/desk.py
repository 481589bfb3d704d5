"""From a blueprint to tools: a desk with typed methods for every kind of things."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, ClassVar, Literal, cast

from palestra.envs.families.tool_domains.compiled.blueprint import (
    Blueprint,
    Field,
    Kind,
    NumberField,
    drawn,
)
from palestra.envs.families.tool_domains.compiled.records import SCHEMA, SEED, Entry, Setting
from palestra.envs.stateful import Cell, Database, DomainDesk, Rule, Schema, read, write
from palestra.envs.tools import ToolError

WHAT = ("number", "count", "sum")
"""What can be told: a field of a thing, how many are linked to it, and the sum of a field of those."""
_MOST_TITLE_CHARS = 80
_ARGS = "\n\nArgs:\n    "


class CompiledDesk(DomainDesk):
    """What the desks of all compiled worlds have in common; `compiled_desk` makes the one of a world."""

    schema: ClassVar[Schema] = SCHEMA
    blueprint: ClassVar[Blueprint]
    rules: ClassVar[tuple[Rule, ...]] = ()

    def entry(self, kind: Kind, entry_id: str) -> Entry:
        """A thing of a kind.

        Raises:
            ToolError: There is none.
        """
        entry = self.need(Entry, entry_id)
        if entry.kind != kind.name:
            raise ToolError(f"`{entry.id}` is no {kind.name}")
        return entry

    def open_entry(self, kind: Kind, entry_id: str) -> Entry:
        """A thing that may be changed.

        Raises:
            ToolError: There is none, or it is frozen.
        """
        entry, frozen = self.entry(kind, entry_id), self.blueprint.frozen
        if frozen.kind.name == kind.name and entry.cell(frozen.field.column) == frozen.choice:
            raise ToolError(f"`{entry.id}` cannot be changed: its {frozen.field.name} is `{frozen.choice}`")
        return entry

    def shown(self, kind: Kind, entry: Entry) -> dict[str, Cell]:
        """A thing by the names of its fields."""
        values = {field.name: entry.cell(field.column) for field in kind.fields}
        link = {kind.link: entry.link} if kind.link else {}
        return {"id": entry.id, "title": entry.title, **values, **link}


def seed_in(snapshot: bytes) -> int:
    """The seed of the blueprint of which a world was compiled."""
    return _seed_in(snapshot)


@lru_cache(maxsize=256)
def _seed_in(snapshot: bytes) -> int:
    setting = Database(SCHEMA, snapshot).get(Setting, SEED)
    if setting is None:
        raise ValueError("the world was not compiled of a blueprint")
    return int(setting.value)


@lru_cache(maxsize=128)
def compiled_desk(seed: int) -> type[CompiledDesk]:
    """The desk of a blueprint: tools to find, show, create, update, link and remove things of each kind."""
    blueprint = drawn(seed)
    methods: dict[str, Callable[..., Any]] = {}
    for kind in blueprint.kinds:
        makers = [_finder, _creator, _updater, _remover, *([_linker] if kind.link else [])]
        methods |= {method.__name__: method for method in (make(blueprint, kind) for make in makers)}
    notes = (_teller(blueprint), _decliner(blueprint))
    methods |= {method.__name__: method for method in notes}
    return type("WorldDesk", (CompiledDesk,), {**methods, "blueprint": blueprint, "rules": blueprint.rules})


def checked(field: Field, value: object) -> Cell:
    """A value of a field.

    Raises:
        ToolError: It is none.
    """
    if isinstance(field, NumberField):
        if not isinstance(value, int) or value < 0:
            raise ToolError(f"`{field.name}` is a whole number of 0 or more")
        return value
    if value not in field.choices:
        raise ToolError(f"`{field.name}` is one of {', '.join(field.choices)}")
    return str(value)


def _finder(blueprint: Blueprint, kind: Kind) -> Callable[..., Any]:
    columns = {"id": "id", "title": "title", **{field.name: field.column for field in kind.fields}}
    if kind.link:
        columns[kind.link] = "link"

    def find(self: CompiledDesk, field: str, value: int | str) -> list[dict[str, Cell]]:
        entries = self.database.where(Entry, columns[field], value)
        return [self.shown(kind, entry) for entry in entries if entry.kind == kind.name]

    doc = f"Find the {kind.many} with a value in a field.{_ARGS}field: The field.\n    value: Its value."
    return read(_typed(find, f"find_{kind.many}", doc, {"field": _choice(columns), "value": int | str}))


def _creator(blueprint: Blueprint, kind: Kind) -> Callable[..., Any]:
    def create(self: CompiledDesk, title: str, link: str = "", **values: object) -> str:
        if not title.strip() or len(title) > _MOST_TITLE_CHARS:
            raise ToolError(f"a title has 1 to {_MOST_TITLE_CHARS} characters")
        above = self.entry(blueprint.above(kind), str(values[kind.link])).id if kind.link else ""
        cells = {field.column: checked(field, values[field.name]) for field in kind.fields}
        count = len(self.database.query("SELECT id FROM entry WHERE id LIKE 'N%'"))
        columns = [cells.get(column) for column in ("c0", "c1", "c2", "c3")]
        made = Entry(f"N{count + 1}", kind.name, title.strip(), above, *columns)
        while self.database.get(Entry, made.id):
            count += 1
            made = Entry(f"N{count + 1}", kind.name, title.strip(), above, *columns)
        self.database.add(made)
        return made.id

    types: dict[str, Any] = {"title": str, **{field.name: _type(field) for field in kind.fields}}
    notes = ["title: Its title.", *(f"{field.name}: Its {field.name}." for field in kind.fields)]
    if kind.link:
        types[kind.link] = str
        notes.append(f"{kind.link}: The id of the {blueprint.above(kind).name} that it is linked to.")
    doc = f"Create a {kind.name}." + _ARGS + "\n    ".join(notes)
    return write(_typed(create, f"create_{kind.name}", doc, types))


def _updater(blueprint: Blueprint, kind: Kind) -> Callable[..., Any]:
    def update(self: CompiledDesk, entry_id: str, field: str, value: int | str) -> str:
        entry, chosen = self.open_entry(kind, entry_id), kind.field(field)
        self.database.change(entry.put(chosen.column, checked(chosen, value)))
        return f"The {field} of {entry.id} is {value}."

    types = {"entry_id": str, "field": _choice(field.name for field in kind.fields), "value": int | str}
    doc = (
        f"Give a field of a {kind.name} another value."
        f"{_ARGS}entry_id: The {kind.name}.\n    field: The field.\n    value: Its new value."
    )
    return write(_typed(update, f"update_{kind.name}", doc, types))


def _linker(blueprint: Blueprint, kind: Kind) -> Callable[..., Any]:
    above = blueprint.above(kind)

    def link(self: CompiledDesk, entry_id: str, target_id: str) -> str:
        entry, target = self.open_entry(kind, entry_id), self.entry(above, target_id)
        self.database.change(_linked(entry, target.id))
        return f"The {kind.link} of {entry.id} is {target.id}."

    doc = (
        f"Link a {kind.name} to another {above.name}, its new {kind.link}."
        f"{_ARGS}entry_id: The {kind.name}.\n    target_id: The {above.name}."
    )
    return write(_typed(link, f"link_{kind.name}", doc, {"entry_id": str, "target_id": str}))


def _remover(blueprint: Blueprint, kind: Kind) -> Callable[..., Any]:
    def remove(self: CompiledDesk, entry_id: str) -> str:
        entry = self.open_entry(kind, entry_id)
        if self.database.where(Entry, "link", entry.id):
            raise ToolError(f"something is linked to `{entry.id}`")
        self.database.remove(entry)
        return f"{entry.id} is gone."

    doc = f"Remove a {kind.name} that nothing is linked to.{_ARGS}entry_id: The {kind.name}."
    return write(_typed(remove, f"remove_{kind.name}", doc, {"entry_id": str}))


def _teller(blueprint: Blueprint) -> Callable[..., Any]:
    def tell(self: CompiledDesk, what: str, subject: str, value: int) -> str:
        self.note_answer(what, self.need(Entry, subject).id, value)
        return "The customer was told."

    doc = (
        f"Tell the customer a figure that was asked for; it can be told once.{_ARGS}"
        "what: A number of a thing, the count of what is linked to it, or a sum over that.\n    "
        "subject: The id of the thing.\n    value: The figure."
    )
    return write(_typed(tell, "tell", doc, {"what": _choice(WHAT), "subject": str, "value": int}))


def _decliner(blueprint: Blueprint) -> Callable[..., Any]:
    def decline(self: CompiledDesk, subject: str, reason: str) -> str:
        if self.database.where(Entry, "title", subject):
            raise ToolError("there is such a thing: name it by its id")
        self.note_refusal(subject, reason)
        return "The customer was told that this cannot be done."

    doc = (
        f"Decline a wish that a rule forbids.{_ARGS}"
        "subject: The id of the thing that was to be changed, or the title of one that was to be created.\n    "
        "reason: The rule."
    )
    return write(_typed(decline, "decline", doc, {"subject": str, "reason": _choice(blueprint.rule_names)}))


def _linked(entry: Entry, target_id: str) -> Entry:
    return Entry(entry.id, entry.kind, entry.title, target_id, entry.c0, entry.c1, entry.c2, entry.c3)


def _choice(names: Any) -> Any:
    return cast(Any, Literal)[tuple(names)]


def _type(field: Field) -> Any:
    return int if isinstance(field, NumberField) else _choice(field.choices)


def _typed(method: Callable[..., Any], name: str, doc: str, types: Mapping[str, Any]) -> Callable[..., Any]:
    """The method under a name and with parameters of its own, so that schema and checks derive from them."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = [inspect.Parameter(one, keyword, annotation=hint) for one, hint in types.items()]
    method.__name__, method.__doc__, method.__annotations__ = name, doc, dict(types)
    cast(Any, method).__signature__ = inspect.Signature([own, *parameters])
    return method
