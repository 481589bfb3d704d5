"""Measuring an amount of water with jugs; every legal way within the bound is right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import gcd
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line, read_integers
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict

Amounts = tuple[int, ...]

_ARROW = re.compile("->|\u2192|;")
_SPARE_MOVES = 2


@dataclass(frozen=True, slots=True)
class Jugs:
    """Jugs, an amount to be measured, most moves, and one way (empty where there is none)."""

    capacities: Amounts
    target: int
    max_moves: int
    way: tuple[Amounts, ...]


class PouringVerifier(RecordVerifier[Jugs]):
    """PASS when the final line leads from empty jugs by legal moves to one that holds the target.

    Reference: `Jugs` as JSON.
    """

    name: ClassVar[str] = "jug-pouring"
    record_type = Jugs

    def judge(self, response: str, reference: Jugs) -> Verdict:
        """Follow the amounts move by move."""
        pieces = _ARROW.split(final_line(response))
        if len(pieces) > reference.max_moves + 1:
            return Verdict.failed(f"{len(pieces) - 1} moves, allowed are {reference.max_moves}")
        way = [read_integers(piece) for piece in pieces]
        if any(len(amounts) != len(reference.capacities) for amounts in way):
            raise NoAnswerError(f"not every step names the amounts in {len(reference.capacities)} jugs")
        if any(way[0]):
            return Verdict.failed("the way does not start with empty jugs")
        for before, after in pairwise(way):
            if after not in moves(before, reference.capacities):
                return Verdict.failed(f"no move leads from {before} to {str(after)[:60]}")
        if reference.target not in way[-1]:
            return Verdict.failed(f"at the end no jug holds {reference.target}")
        return Verdict.passed(f"{len(way) - 1} moves lead to {reference.target}")


@dataclass(frozen=True, kw_only=True, slots=True)
class JugPouringConfig(FamilyConfig):
    """Which jugs are given."""

    num_jugs: int = stages(2, 2, 2, 3, 3)
    """How many jugs there are: 2 or 3."""
    largest: int = stages(9, 12, 25, 11, 13, choices=tuple(range(4, 61)))
    """Largest jug."""
    min_moves: int = ramp(2, 6, low=2, high=20)
    """Fewest moves of the shortest way."""


@dataclass(frozen=True, slots=True)
class JugPouringKey:
    """Different capacities, and what is to be measured."""

    capacities: Amounts
    target: int


class JugPouring(Question[JugPouringConfig, JugPouringKey]):
    """Jugs that are filled and emptied whole or poured into each other."""

    id: ClassVar[str] = "palestra/JugPouring-v1"
    Config: ClassVar[type[JugPouringConfig]] = JugPouringConfig
    templates = (
        "Empty jugs hold {capacities} liters. A move fills a jug to the brim, empties it, or pours it into another one "
        "until that is full or it is empty. Get exactly {target} liters in one jug, in at most {max_moves} moves.",
        "You have jugs of {capacities} liters, all empty, and a tap. Measure {target} liters in one jug within "
        "{max_moves} moves. A move: fill a jug, empty a jug, or pour one into another until full or empty.",
        "Jugs (liters): {capacities}. At first they are empty. How can one of them come to hold {target} liters by at "
        "most {max_moves} moves, if a move fills one, empties one, or pours one into another as far as it goes?",
        "With a tap and jugs of {capacities} liters, empty now, measure {target} liters in one of them. You may fill a "
        "jug, empty a jug, or pour from jug to jug as far as it goes, {max_moves} times at most.",
    )
    answer_format = (
        "The last line of your reply must be the amounts in the jugs, in the given order, "
        "at the start and after each move, like `0 0 -> 5 0 -> 2 3`."
    )
    verifier = PouringVerifier()

    def draw(self, rng: KeyedRandom) -> JugPouringKey:
        """Capacities from 2 on, and a target below the largest."""
        capacities = tuple(rng.sample(range(2, self.config.largest + 1), self.config.num_jugs))
        return JugPouringKey(capacities, rng.between(1, max(capacities) - 1))

    def canonical(self, key: JugPouringKey) -> str:
        """Capacities in order of size, and the target."""
        return f"{sorted(key.capacities)} {key.target}"

    def build(self, key: JugPouringKey, rng: KeyedRandom) -> Content | None:
        """Search a shortest way; None where there is none or it is too short."""
        if key.target in key.capacities or key.target % gcd(*key.capacities):
            return None
        way, effort = shortest_way(key.capacities, key.target)
        if len(way) <= self.config.min_moves:
            return None
        return _content(Jugs(key.capacities, key.target, len(way) - 1 + _SPARE_MOVES, way), effort)

    def unsolvable(self, key: JugPouringKey, rng: KeyedRandom) -> Content | None:
        """Jugs of even capacities never hold an odd amount."""
        doubled = tuple(2 * capacity for capacity in key.capacities)
        return _content(Jugs(doubled, 2 * key.target - 1, 2 * len(doubled) + 4 + rng.below(6), ()), 1)

    def oracle(self, task: Task) -> str:
        """A shortest way."""
        return " -> ".join(" ".join(map(str, amounts)) for amounts in decode(Jugs, task.reference).way)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Random moves up to the bound."""
        jugs = decode(Jugs, task.reference)
        way = [(0,) * len(jugs.capacities)]
        while len(way) <= jugs.max_moves:
            way.append(rng.choice(list(moves(way[-1], jugs.capacities))))
        return " -> ".join(" ".join(map(str, amounts)) for amounts in way)


def _content(jugs: Jugs, effort: int) -> Content:
    *first, last = map(str, jugs.capacities)
    slots = {
        "capacities": f"{', '.join(first)} and {last}",
        "target": str(jugs.target),
        "max_moves": str(jugs.max_moves),
    }
    return Content(slots=slots, reference=encode(jugs), effort=effort)


def moves(amounts: Amounts, capacities: Amounts) -> Iterator[Amounts]:
    """All that one move can make of the amounts."""
    for i, amount in enumerate(amounts):
        if amount < capacities[i]:
            yield (*amounts[:i], capacities[i], *amounts[i + 1 :])
        if amount == 0:
            continue
        yield (*amounts[:i], 0, *amounts[i + 1 :])
        for j, other in enumerate(amounts):
            if i != j and other < capacities[j]:
                poured = min(amount, capacities[j] - other)
                after = list(amounts)
                after[i], after[j] = amount - poured, other + poured
                yield tuple(after)


def shortest_way(capacities: Amounts, target: int) -> tuple[tuple[Amounts, ...], int]:
    """A shortest way to the target (empty where there is none), and how many positions were looked at."""
    start = (0,) * len(capacities)
    before: dict[Amounts, Amounts] = {start: start}
    queue = [start]
    for amounts in queue:
        for after in moves(amounts, capacities):
            if after in before:
                continue
            before[after] = amounts
            if target in after:
                way = [after]
                while way[-1] != start:
                    way.append(before[way[-1]])
                return tuple(way[::-1]), len(before)
            queue.append(after)
    return (), len(before)
