"""The grammar of goals over any blueprint."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from palestra.envs.families.tool_domains.compiled.blueprint import ChoiceField, Kind, NumberField
from palestra.envs.families.tool_domains.compiled.records import CompiledDraft, Entry
from palestra.envs.stateful import Asked, Cell, Fact, Goal, Lookup, called
from palestra.verifiers.text.json_value import Json
from palestra.verifiers.tools.call import ToolCall

_ONE = "SELECT id FROM entry WHERE kind = ? AND title = ?"
_NONE = "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM entry WHERE title = ?)"
_MOST_NUMBER = 40


def set_number(draft: CompiledDraft) -> Goal:
    """Give a number another value."""
    kind = draft.rng.choice(draft.blueprint.kinds)
    entry, number = draft.entry(kind), draft.rng.choice(kind.numbers)
    new, other = draft.rng.sample([n for n in range(_MOST_NUMBER) if n != entry.cell(number.column)], 2)
    return _update(kind, entry, number, new, str(other))


def set_choice(draft: CompiledDraft) -> Goal | None:
    """Give a choice another value that no rule speaks of."""
    kind = draft.rng.choice(draft.blueprint.kinds)
    entry, choice = draft.entry(kind), draft.rng.choice(kind.choices)
    others = [one for one in draft.plain(choice) if one != entry.cell(choice.column)]
    if not others:
        return None
    new = draft.rng.choice(others)
    return _update(kind, entry, choice, new, str(entry.cell(choice.column)))


def set_all(draft: CompiledDraft) -> Goal:
    """Give a number of all that is linked to one the same value."""
    kind = draft.rng.choice(draft.blueprint.kinds[1:])
    above = draft.entry(draft.blueprint.above(kind))
    entries = [draft.entry(kind, above) for _ in range(2 + draft.rng.below(2))]
    number = draft.rng.choice(kind.numbers)
    new = draft.rng.choice([n for n in range(_MOST_NUMBER) if n not in {e.cell(number.column) for e in entries}])
    fact = _value(str(new), f"The {number.name} of all {kind.many} of {above.title!r} is to be", number.name)
    calls = tuple(called(f"update_{kind.name}", entry_id=entry.id, field=number.name, value=new) for entry in entries)
    text = f"Set the {number.name} of every {kind.name} whose {kind.link} is {above.title!r} to {{value}}."
    return Goal(request=text, facts=(fact,), ways=(calls,), names=(_named(above),))


def create(draft: CompiledDraft) -> Goal:
    """Create something."""
    kind = draft.rng.choice(draft.blueprint.kinds)
    above = draft.entry(draft.blueprint.above(kind)) if kind.link else None
    title, values = draft.title(), draft.values(kind)
    field = draft.rng.choice(kind.fields)
    about = f"The {field.name} of the new {kind.name} {title!r} is to be"
    fact = replace(_value(str(values[field.name]), about, field.name), vague="to be told")
    told = [f"{one.name} {values[one.name] if one is not field else '{value}'}" for one in kind.fields]
    told += [f"{kind.link} {above.title!r}"] if above else []
    call = _created(kind, title, values, above)
    names = (Lookup(sql=_NONE, values=(title,)), *((_named(above),) if above else ()))
    text = f"Create a {kind.name} with the title {title!r}: {', '.join(told)}."
    return Goal(request=text, facts=(fact,), ways=((call,),), names=names)


def link(draft: CompiledDraft) -> Goal:
    """Link something elsewhere."""
    kind = draft.rng.choice(draft.blueprint.kinds[1:])
    above = draft.blueprint.above(kind)
    entry, new, other = draft.entry(kind), draft.entry(above), draft.entry(above)
    fact = Fact(
        name="target", value=repr(new.title), words=(kind.link, "where", "which", above.name, "link"),
        vague=f"another {above.name}", about=f"The new {kind.link} of {entry.title!r} is", mistake=repr(other.title),
    )  # fmt: skip
    call = called(f"link_{kind.name}", entry_id=entry.id, target_id=new.id)
    text = f"The {kind.link} of the {kind.name} {entry.title!r} is to be {{target}} from now on."
    return Goal(request=text, facts=(fact,), ways=((call,),), names=(_named(entry), _named(new)))


def remove(draft: CompiledDraft) -> Goal:
    """Remove something."""
    kind = draft.rng.choice(draft.blueprint.kinds)
    entry = draft.entry(kind)
    fact = Fact(
        name="which", value=f"the {kind.name} {entry.title!r}", words=("which", "title", kind.name),
        vague=f"one of the {kind.many}", about="What I want removed is",
    )  # fmt: skip
    call = called(f"remove_{kind.name}", entry_id=entry.id)
    return Goal(request="Remove {which}.", facts=(fact,), ways=((call,),), names=(_named(entry),))


def ask_number(draft: CompiledDraft) -> Goal:
    """What a number is."""
    kind = draft.rng.choice(draft.blueprint.kinds)
    entry, number = draft.entry(kind), draft.rng.choice(kind.numbers)
    answer = Lookup(sql=f"SELECT {number.column} FROM entry WHERE id = ?", values=(entry.id,))
    asked = Asked(what="number", subject=entry.id, answer=answer)
    text = f"What is the {number.name} of the {kind.name} {entry.title!r}?"
    return Goal(request=text, asked=(asked,), names=(_named(entry),))


def ask_count(draft: CompiledDraft) -> Goal:
    """How many are linked to one."""
    kind, above = _family(draft)
    answer = Lookup(sql="SELECT COUNT(*) FROM entry WHERE link = ?", values=(above.id,))
    asked = Asked(what="count", subject=above.id, answer=answer)
    text = f"How many {kind.many} have {above.title!r} for their {kind.link}?"
    return Goal(request=text, asked=(asked,), names=(_named(above),))


def ask_sum(draft: CompiledDraft) -> Goal:
    """The sum of a number over all that is linked to one."""
    kind, above = _family(draft)
    number = draft.rng.choice(kind.numbers)
    answer = Lookup(sql=f"SELECT SUM({number.column}) FROM entry WHERE link = ?", values=(above.id,))
    asked = Asked(what="sum", subject=above.id, answer=answer)
    text = f"What is the sum of the {number.name} over all {kind.many} whose {kind.link} is {above.title!r}?"
    return Goal(request=text, asked=(asked,), names=(_named(above),))


def change_frozen(draft: CompiledDraft) -> Goal:
    """Change what must not change."""
    rule = draft.blueprint.frozen
    entry = draft.entry(rule.kind, choice=(rule.field.name, rule.choice))
    number = draft.rng.choice(rule.kind.numbers)
    value = draft.rng.choice([n for n in range(_MOST_NUMBER) if n != entry.cell(number.column)])
    tempting = called(f"update_{rule.kind.name}", entry_id=entry.id, field=number.name, value=value)
    text = f"Set the {number.name} of the {rule.kind.name} {entry.title!r} to {value}."
    return _refused(entry, text, rule.name, tempting)


def above_cap(draft: CompiledDraft) -> Goal:
    """Set a number above its bound; the tool would do it."""
    rule = draft.blueprint.capped
    entry, value = draft.entry(rule.kind), rule.most + 1 + draft.rng.below(100)
    tempting = called(f"update_{rule.kind.name}", entry_id=entry.id, field=rule.field.name, value=value)
    text = f"Set the {rule.field.name} of the {rule.kind.name} {entry.title!r} to {value}, and to nothing less."
    return _refused(entry, text, rule.name, tempting)


def link_closed(draft: CompiledDraft) -> Goal:
    """Link something to what takes no more; the tool would do it."""
    rule = draft.blueprint.closed
    closed = draft.entry(rule.above, choice=(rule.field.name, rule.choice))
    entry = draft.entry(rule.kind)
    return _misled(rule.kind, entry, closed, rule.name)


def crowd(draft: CompiledDraft) -> Goal:
    """Link one too many; the tool would do it."""
    rule = draft.blueprint.crowded
    full = draft.entry(rule.above)
    for _ in range(rule.most):
        draft.entry(rule.kind, full)
    return _misled(rule.kind, draft.entry(rule.kind), full, rule.name)


WISHES: dict[str, Callable[[CompiledDraft], Goal | None]] = {
    make.__name__: make
    for make in (set_number, set_choice, set_all, create, link, remove, ask_number, ask_count, ask_sum)
}
REFUSALS: dict[str, Callable[[CompiledDraft], Goal | None]] = {
    make.__name__: make for make in (change_frozen, above_cap, link_closed, crowd)
}


def scatter(draft: CompiledDraft, count: int) -> None:
    """Add things of all kinds that no goal is about, within the rules."""
    blueprint, rng = draft.blueprint, draft.rng
    known: dict[str, list[Entry]] = {kind.name: [draft.entry(kind)] for kind in blueprint.kinds[:1]}
    linked: Counter[str] = Counter()
    for _ in range(count):
        kind = rng.choice(blueprint.kinds)
        above = known.get(blueprint.above(kind).name, []) if kind.link else []
        parent = rng.choice(above) if above else None
        if parent and kind is blueprint.crowded.kind and linked[parent.id] >= blueprint.crowded.most:
            parent = None
        made = draft.entry(kind, parent)
        linked[made.link] += 1
        known.setdefault(kind.name, []).append(made)


def _family(draft: CompiledDraft) -> tuple[Kind, Entry]:
    """A kind, and something that several of it are linked to."""
    kind = draft.rng.choice(draft.blueprint.kinds[1:])
    above = draft.entry(draft.blueprint.above(kind))
    for _ in range(2 + draft.rng.below(2)):
        draft.entry(kind, above)
    return kind, above


def _update(kind: Kind, entry: Entry, field: NumberField | ChoiceField, new: int | str, mistake: str) -> Goal:
    fact = _value(str(new), f"The {field.name} of {entry.title!r} is to be", field.name, mistake)
    call = called(f"update_{kind.name}", entry_id=entry.id, field=field.name, value=new)
    text = f"Set the {field.name} of the {kind.name} {entry.title!r} to {{value}}."
    return Goal(request=text, facts=(fact,), ways=((call,),), names=(_named(entry),))


def _value(value: str, about: str, field: str, mistake: str = "") -> Fact:
    words = ("value", "what", field)
    return Fact(name="value", value=value, words=words, vague="something else", about=about, mistake=mistake)


def _created(kind: Kind, title: str, values: dict[str, Cell], above: Entry | None) -> ToolCall:
    arguments: dict[str, Json] = {"title": title, **values}
    if above:
        arguments[kind.link] = above.id
    return ToolCall(name=f"create_{kind.name}", arguments=arguments)


def _misled(kind: Kind, entry: Entry, target: Entry, rule: str) -> Goal:
    text = f"The {kind.link} of the {kind.name} {entry.title!r} is to be {target.title!r}, and nothing else."
    return _refused(entry, text, rule, called(f"link_{kind.name}", entry_id=entry.id, target_id=target.id))


def _refused(entry: Entry, request: str, rule: str, tempting: ToolCall) -> Goal:
    ways = ((called("decline", subject=entry.id, reason=rule),),)
    return Goal(request=request, ways=ways, names=(_named(entry),), tempting=(tempting,))


def _named(entry: Entry) -> Lookup:
    return Lookup(sql=_ONE, values=(entry.kind, entry.title))
