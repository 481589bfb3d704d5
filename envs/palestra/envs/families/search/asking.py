"""Draws questions about a world."""

from __future__ import annotations

from enum import StrEnum

from palestra.envs.families.search.facts import Facts
from palestra.envs.families.search.query import (
    AmbiguousError,
    Both,
    Lesser,
    Named,
    NameOf,
    NumberOf,
    Query,
    Question,
    Step,
    the_one,
)
from palestra.envs.families.search.relations import RELATIONS
from palestra.verifiers.keyed_random import KeyedRandom


class Shape(StrEnum):
    """How the facts that lead to an answer hang together."""

    CHAIN = "chain"
    """One leads to the next; the last is the name."""
    NUMBER = "number"
    """Likewise; the last is a number."""
    MEETING = "meeting"
    """Two facts single somebody out, others follow."""
    COMPARISON = "comparison"
    """Two chains end in numbers, which are compared."""


SHAPES = {1: (Shape.CHAIN, Shape.NUMBER), 2: (Shape.CHAIN, Shape.NUMBER, Shape.MEETING)}
"""The shapes of questions with few facts; all are possible with more."""


def asked(facts: Facts, shape: Shape, num_facts: int, rng: KeyedRandom) -> Question | None:
    """A question of a shape; None where this draw leads nowhere.

    Args:
        facts: The world.
        shape: How the facts hang together.
        num_facts: Facts that are needed; a comparison takes one more where they do not fall in two.
        rng: Draws the beginning and the ways.
    """
    match shape:
        case Shape.CHAIN:
            found = _walked(facts, _start(facts, rng), num_facts, rng)
            return NameOf(of=found) if found else None
        case Shape.NUMBER:
            found = _walked(facts, _start(facts, rng), num_facts - 1, rng)
            return NumberOf(of=found) if found else None
        case Shape.MEETING:
            met = _met(facts, rng)
            found = _walked(facts, met, num_facts - 2, rng) if met else None
            return NameOf(of=found) if found else None
        case Shape.COMPARISON:
            return _compared(facts, max(1, (num_facts - 1) // 2), rng)


def _start(facts: Facts, rng: KeyedRandom) -> Named:
    return Named(place=rng.below(len(facts.entities)))


def _walked(facts: Facts, start: Query, num_steps: int, rng: KeyedRandom) -> Query | None:
    """So many steps from a start, to entities that were not met before."""
    query, here = start, the_one(facts, start)
    seen = {here}
    for _ in range(num_steps):
        moves = [(step, place) for step, place in _moves(facts, query, here) if place not in seen]
        if not moves:
            return None
        query, here = rng.choice(moves)
        seen.add(here)
    return query


def _moves(facts: Facts, query: Query, here: int) -> list[tuple[Query, int]]:
    """The steps from an entity that lead to exactly one."""
    kind = facts.entities[here].kind
    moves: list[tuple[Query, int]] = []
    for relation in RELATIONS:
        if relation.subject is kind and (there := facts.objects.get((relation.name, here))) is not None:
            moves.append((Step(relation=relation.name, of=query), there))
        if relation.object is kind:
            subjects = facts.subjects.get((relation.name, here), ())
            if len(subjects) == 1:
                moves.append((Step(relation=relation.name, of=query, is_backward=True), subjects[0]))
    return moves


def _met(facts: Facts, rng: KeyedRandom) -> Both | None:
    """Two facts that have one subject in common, which neither of them singles out alone."""
    subject = rng.below(len(facts.entities))
    known = [
        (relation.name, facts.objects[relation.name, subject])
        for relation in RELATIONS
        if (relation.name, subject) in facts.objects
    ]
    known = [pair for pair in known if len(facts.subjects[pair]) > 1]
    if len(known) < 2:
        return None
    left, right = (Step(relation=name, of=Named(place=place), is_backward=True) for name, place in rng.sample(known, 2))
    both = Both(left=left, right=right)
    try:
        the_one(facts, both)
    except AmbiguousError:
        return None
    return both


def _compared(facts: Facts, num_steps: int, rng: KeyedRandom) -> Lesser | None:
    left = _walked(facts, _start(facts, rng), num_steps, rng)
    right = _walked(facts, _start(facts, rng), num_steps, rng)
    if left is None or right is None:
        return None
    ends = [the_one(facts, query) for query in (left, right)]
    if ends[0] == ends[1] or facts.entities[ends[0]].kind is not facts.entities[ends[1]].kind:
        return None
    return Lesser(left=left, right=right, is_more=bool(rng.below(2)))
