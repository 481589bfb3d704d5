"""How many of several mistakes are mended: evidence that a program cannot print, since only values count.

Each run draws fresh inputs from a nonce of the host. An input bears witness to one mistake if the function is right on
it as soon as that mistake is mended, and wrong before; or, where other mistakes hide it, if it makes the function wrong
alone. So the function as it was given reaches no milestone, nor does one that knows the shown examples, or the inputs
of an earlier run.

Source: https://arxiv.org/abs/2509.01684, partial credit by instrumentation of a frozen copy
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from palestra.envs.families.code.bugs import sign, signs
from palestra.envs.families.code.calls_verifier import is_right
from palestra.envs.families.code.mutation import Edit, Workpiece
from palestra.envs.families.code.shapes import Shape, draw_input
from palestra.verifiers.code.inside.wire import Tree
from palestra.verifiers.keyed_random import KeyedRandom

_NUM_DRAWN = 40
_MIN_WITNESSES, _MAX_WITNESSES = 2, 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Witness:
    """An input that shows whether one mistake is mended."""

    milestone: int
    given: Any
    expected: Any


def draw_witnesses(source: str, edits: Sequence[Edit], takes: Shape, rng: KeyedRandom) -> tuple[Witness, ...]:
    """Fresh witnesses to each mistake that has some, in random order.

    Args:
        source: The right function.
        edits: The mistakes.
        takes: What the function takes.
        rng: Made of a nonce that no program sees.
    """
    piece, inputs = Workpiece(source), [draw_input(takes, rng.between(1, 6), rng) for _ in range(_NUM_DRAWN)]
    right, broken = signs(piece.compiled(), inputs), signs(piece.compiled(edits), inputs)
    found: list[Witness] = []
    for number, edit in enumerate(edits):
        mended = piece.compiled([other for other in edits if other is not edit])
        wrong = [i for i in range(len(inputs)) if broken[i] != right[i]]
        places = [i for i in wrong if sign(mended, inputs[i]) == right[i]]
        if len(places) < _MIN_WITNESSES:  # the others hide it: then it is mended last
            alone = piece.compiled([edit])
            places = [i for i in wrong if sign(alone, inputs[i]) != right[i]]
        if len(places) >= _MIN_WITNESSES:
            found += [
                Witness(milestone=number, given=inputs[i], expected=json.loads(right[i]))
                for i in places[:_MAX_WITNESSES]
            ]
    rng.shuffle(found)
    return tuple(found)


def share_reached(witnesses: Sequence[Witness], replies: Sequence[dict[str, Tree]]) -> float:
    """The share of the milestones all of whose witnesses got the right value."""
    milestones = {witness.milestone for witness in witnesses}
    missed = {
        witness.milestone
        for witness, reply in zip(witnesses, replies, strict=True)
        if not is_right(reply, witness.expected)
    }
    return len(milestones - missed) / len(milestones) if milestones else 0.0
