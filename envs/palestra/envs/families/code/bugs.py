"""Mistakes that are worth asking for: each shows in the values, and so do all of them together."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from palestra.envs.families.code.evaluator import Function
from palestra.envs.families.code.mutation import Edit, Workpiece
from palestra.envs.families.code.operations import EvaluationError
from palestra.envs.families.code.shapes import copied
from palestra.verifiers.keyed_random import KeyedRandom

_MIN_SHOWN = 2
_MAX_TRIES = 30
_MAX_RAISED = 3
_MAX_TICKS = 1000
"""Twice what our functions need for the inputs that we draw; a loop without an end is given up soon."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mistake:
    """An edit, and two inputs on which it shows."""

    edit: Edit
    shown: tuple[int, ...]
    """Their places."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Damage:
    """A function with mistakes."""

    source: str
    edits: tuple[Edit, ...]


def sign(function: Function, value: Any) -> str:
    """What a function gives, as a text that differs where the value or its type does; `raises` where it fails."""
    try:
        return json.dumps(function.call(copied(value), max_ticks=_MAX_TICKS).value)
    except (EvaluationError, TypeError, ValueError):
        return "raises"


def signs(function: Function, inputs: Sequence[Any]) -> list[str]:
    """`sign` of each input."""
    return [sign(function, value) for value in inputs]


def shown_at(function: Function, inputs: Sequence[Any], right: Sequence[str]) -> tuple[int, ...]:
    """The first two inputs with a wrong value; none where it shows seldom, or raises, which a traceback would tell."""
    found: list[int] = []
    num_raised = 0
    for place, value in enumerate(inputs):
        given = sign(function, value)
        if given == "raises":
            num_raised += 1
        elif given != right[place]:
            found.append(place)
        if num_raised > _MAX_RAISED:
            return ()
        if len(found) == _MIN_SHOWN:
            return tuple(found)
    return ()


def mistakes(
    piece: Workpiece, inputs: Sequence[Any], right: Sequence[str], rng: KeyedRandom, count: int
) -> list[Mistake]:
    """Up to `count` mistakes in lines of their own, each of which shows.

    Args:
        piece: The right function.
        inputs: On which they must show.
        right: The signs of its values.
        rng: Picks the mistakes.
        count: How many are wanted.
    """
    found: list[Mistake] = []
    for edit in islice(piece.edits(rng), _MAX_TRIES):
        if len(found) == count:
            break
        if any(edit.line == other.edit.line for other in found):
            continue
        if shown := shown_at(piece.compiled([edit]), inputs, right):
            found.append(Mistake(edit=edit, shown=shown))
    return found


def damage(source: str, inputs: Sequence[Any], right: Sequence[str], rng: KeyedRandom, count: int) -> Damage | None:
    """The function with `count` mistakes; None where so many cannot be found, or they hide one another.

    The arguments are those of `mistakes`, with the source in place of the piece.
    """
    piece = Workpiece(source)
    found = [mistake.edit for mistake in mistakes(piece, inputs, right, rng, count)]
    if len(found) < count or (count > 1 and not shown_at(piece.compiled(found), inputs, right)):
        return None
    return Damage(source=piece.written(found), edits=tuple(found))
