"""Questions over facts as expressions, so that their answers can be proven unique."""

from __future__ import annotations

from dataclasses import dataclass

from palestra.envs.families.search.facts import Facts
from palestra.envs.families.search.relations import MEASURE_OF, RELATION, EntityKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """The entity that the question names."""

    place: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """What a relation leads to."""

    relation: str
    of: Query
    is_backward: bool = False
    """From the object to its subjects."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Both:
    """The subjects that two relations have in common, each with an object."""

    left: Step
    right: Step


Query = Named | Step | Both


@dataclass(frozen=True, kw_only=True, slots=True)
class NameOf:
    """Asks for a name."""

    of: Query


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberOf:
    """Asks for the number that belongs to an entity."""

    of: Query


@dataclass(frozen=True, kw_only=True, slots=True)
class Lesser:
    """Asks which of two entities has the smaller number, or the larger."""

    left: Query
    right: Query
    is_more: bool


Question = NameOf | NumberOf | Lesser
Support = tuple[tuple[str, int], ...]
"""Facts by relation and subject; a measure by its own name."""


class AmbiguousError(ValueError):
    """A phrase means no entity, or more than one."""


def places(facts: Facts, query: Query) -> frozenset[int]:
    """All entities that an expression can mean."""
    match query:
        case Named(place=place):
            return frozenset((place,))
        case Step(relation=relation, of=of, is_backward=True):
            return frozenset(facts.subjects.get((relation, the_one(facts, of)), ()))
        case Step(relation=relation, of=of):
            found = facts.objects.get((relation, the_one(facts, of)))
            return frozenset(() if found is None else (found,))
        case Both(left=left, right=right):
            return places(facts, left) & places(facts, right)


def the_one(facts: Facts, query: Query) -> int:
    """The entity that an expression means.

    Raises:
        AmbiguousError: It means none, or several.
    """
    found = places(facts, query)
    if len(found) != 1:
        raise AmbiguousError(f"{len(found)} entities")
    return next(iter(found))


def answer_to(facts: Facts, question: Question) -> str:
    """The one answer.

    Raises:
        AmbiguousError: There is none, or a phrase of the question is ambiguous.
    """
    match question:
        case NameOf(of=of):
            return facts.entities[the_one(facts, of)].name
        case NumberOf(of=of):
            return str(facts.measures[the_one(facts, of)])
        case Lesser(left=left, right=right, is_more=is_more):
            pair = (the_one(facts, left), the_one(facts, right))
            less, more = sorted(pair, key=lambda place: facts.measures[place])
            if facts.measures[less] == facts.measures[more]:
                raise AmbiguousError("as many")
            return facts.entities[more if is_more else less].name


def support_of(facts: Facts, question: Question) -> Support:
    """The facts that lead to the answer, in the order in which they are needed, each once."""
    match question:
        case NameOf(of=of):
            found = _support(facts, of)
        case NumberOf(of=of):
            found = [*_support(facts, of), _measure(facts, of)]
        case Lesser(left=left, right=right):
            found = [*_support(facts, left), *_support(facts, right), _measure(facts, left), _measure(facts, right)]
    return tuple(dict.fromkeys(found))


def _support(facts: Facts, query: Query) -> list[tuple[str, int]]:
    match query:
        case Named():
            return []
        case Step(relation=relation, of=of, is_backward=is_backward):
            subject = the_one(facts, query if is_backward else of)
            return [*_support(facts, of), (relation, subject)]
        case Both(left=left, right=right):
            one = the_one(facts, query)
            return [*_support(facts, left.of), *_support(facts, right.of), (left.relation, one), (right.relation, one)]


def _measure(facts: Facts, query: Query) -> tuple[str, int]:
    place = the_one(facts, query)
    return MEASURE_OF[facts.entities[place].kind].name, place


def worded(facts: Facts, question: Question) -> str:
    """The question in English."""
    match question:
        case NameOf(of=of):
            who = "Who" if _kind(facts, of) is EntityKind.PERSON else "What"
            return f"{who} is {_phrase(facts, of)}?"
        case NumberOf(of=of):
            return MEASURE_OF[_kind(facts, of)].question.format(x=_phrase(facts, of))
        case Lesser(left=left, right=right, is_more=is_more):
            measure = MEASURE_OF[_kind(facts, left)]
            form = measure.most if is_more else measure.least
            return form.format(x=_phrase(facts, left), y=_phrase(facts, right))


def _kind(facts: Facts, query: Query) -> EntityKind:
    return facts.entities[the_one(facts, query)].kind


def _phrase(facts: Facts, query: Query) -> str:
    match query:
        case Named(place=place):
            return facts.entities[place].name
        case Step(relation=name, of=of, is_backward=is_backward):
            relation = RELATION[name]
            return (relation.backward if is_backward else relation.forward).format(x=_phrase(facts, of))
        case Both(left=left, right=right):
            met = [RELATION[step.relation].met.format(x=_phrase(facts, step.of)) for step in (left, right)]
            return f"the one {RELATION[left.relation].subject} that {met[0]} and that {met[1]}"
