"""Nim, one move: any move from which the game can be forced."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.games.nim_heaps import (
    Heaps,
    draw_heaps,
    heaps_text,
    random_take,
    read_take,
    take_text,
    taken,
    winning_takes,
)
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom

_RULES = " Two players take turns. A move takes one or more objects from one heap. Who takes the last object wins."


@dataclass(frozen=True, kw_only=True, slots=True)
class NimMoveConfig(FamilyConfig):
    """Which positions are asked."""

    num_heaps: int = stages(2, 2, 3, 3, 3, 4, 4, 5, 6, 8, choices=tuple(range(2, 21)))
    """How many heaps there are, 2..20."""
    high: int = ramp(16, 127, low=12, high=10_000)
    """Largest heap."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NimPosition:
    """The reference: the heaps."""

    heaps: tuple[int, ...]


class NimMoveVerifier(RecordVerifier[NimPosition]):
    """PASS when the move is legal and leaves heaps from which the other player loses.

    Reference: a `NimPosition`.
    """

    name: ClassVar[str] = "nim-move"
    record_type = NimPosition

    def judge(self, response: str, reference: NimPosition) -> Verdict:
        """Play the move."""
        take = read_take(final_line(response), reference.heaps)
        total = reduce(xor, taken(reference.heaps, take))
        if total == 0:
            return Verdict.passed(f"`{take_text(take)}` leaves an exclusive or of 0")
        return Verdict.failed(f"`{take_text(take)}` leaves an exclusive or of {total}, a won position for the other")


class NimMove(Question[NimMoveConfig, Heaps]):
    """Positions of Nim that the player to move wins."""

    id: ClassVar[str] = "palestra/NimMove-v1"
    Config: ClassVar[type[NimMoveConfig]] = NimMoveConfig
    puzzles: ClassVar[str] = "palestra/Nim"
    templates = (
        "Nim with the heaps {heaps}." + _RULES + " Find a move that forces a win.",
        "You are to move in a game of Nim: {heaps}." + _RULES + " Which move wins against every defence?",
        "Heaps: {heaps}." + _RULES + " It is your turn. Give a winning move.",
    )
    answer_format = "The last line of your reply must be the move alone, such as `take 3 from B`."
    verifier = NimMoveVerifier()

    def draw(self, rng: KeyedRandom) -> Heaps:
        """Draw heaps whose exclusive or is not 0."""
        return draw_heaps(self.config.num_heaps, self.config.high, rng)

    def canonical(self, key: Heaps) -> str:
        """The heaps in order of size."""
        return " ".join(map(str, sorted(key)))

    def build(self, key: Heaps, rng: KeyedRandom) -> Content | None:
        """Ask for a move."""
        if not key:
            return None
        return Content(
            slots={"heaps": heaps_text(key)},
            reference=encode(NimPosition(heaps=key)),
            effort=sum(size.bit_length() for size in key),
            meta={"num_heaps": len(key)},
        )

    def oracle(self, task: Task) -> str:
        """A winning move."""
        return take_text(winning_takes(decode(NimPosition, task.reference).heaps)[0])

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Any move."""
        return take_text(random_take(decode(NimPosition, task.reference).heaps, rng))
