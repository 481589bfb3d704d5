"""Nim against an opponent who never misses a win."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import final_line
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.games.nim_heaps import (
    Heaps,
    Take,
    draw_heaps,
    heaps_text,
    random_take,
    read_take,
    take_text,
    taken,
    winning_takes,
)
from palestra.envs.families.games.nim_move import NimPosition
from palestra.envs.family import Content
from palestra.envs.game import Game, Move
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom

_SPARE_TURNS = 2
_RULES = (
    " A move takes one or more objects from one heap. Who takes the last object wins. "
    "You and I take turns, you begin, and you have {turns} turns."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class NimConfig(FamilyConfig):
    """Which games are played."""

    num_heaps: int = stages(2, 2, 3, 3, 3, 4, 4, 4, 5, 6, choices=tuple(range(2, 13)))
    """How many heaps there are, 2..12."""
    high: int = ramp(16, 31, low=12, high=1_000)
    """Largest heap."""


class Nim(Game[NimConfig, Heaps, Heaps]):
    """Games that the player, who moves first, wins with the right moves; one wrong move loses."""

    id: ClassVar[str] = "palestra/Nim-v1"
    Config: ClassVar[type[NimConfig]] = NimConfig
    templates = (
        "Let us play Nim. The heaps: {heaps}." + _RULES,
        "Win this game of Nim: {heaps}." + _RULES,
        "Nim with the heaps {heaps}." + _RULES,
    )
    answer_format = "The last line of each reply must be your move alone, such as `take 3 from B`."

    def draw(self, rng: KeyedRandom) -> Heaps:
        """Draw heaps whose exclusive or is not 0."""
        return draw_heaps(self.config.num_heaps, self.config.high, rng)

    def canonical(self, key: Heaps) -> str:
        """The heaps in order of size."""
        return " ".join(map(str, sorted(key)))

    def build(self, key: Heaps, rng: KeyedRandom) -> Content | None:
        """Set up the heaps."""
        if not key:
            return None
        return Content(
            slots={"heaps": heaps_text(key), "turns": str(_num_turns(key))},
            reference=encode(NimPosition(heaps=key)),
            effort=sum(size.bit_length() for size in key),
            meta={"num_heaps": len(key)},
        )

    def turn_limit(self, task: Task) -> int:
        """As many turns as the longest game has, and a few for bad moves."""
        return _num_turns(self.start(task))

    def start(self, task: Task) -> Heaps:
        """The heaps."""
        return decode(NimPosition, task.reference).heaps

    def play(self, world: Heaps, text: str) -> Move[Heaps]:
        """Take, and let the opponent take."""
        heaps = taken(world, read_take(final_line(text), world))
        if not any(heaps):
            return Move(world=heaps, verdict=Verdict.passed("the player took the last object"))
        answer = _answer(heaps)
        heaps = taken(heaps, answer)
        if not any(heaps):
            return Move(world=heaps, verdict=Verdict.failed("the opponent took the last object"))
        return Move(world=heaps, reply=f"I {take_text(answer)}. Heaps now: {heaps_text(heaps)}.")

    def best(self, world: Heaps) -> str:
        """A winning move; any where there is none."""
        return take_text(_answer(world))

    def random_move(self, world: Heaps, rng: KeyedRandom) -> str:
        """Any move."""
        return take_text(random_take(world, rng))


def _num_turns(heaps: Heaps) -> int:
    return (sum(heaps) + 1) // 2 + _SPARE_TURNS


def _answer(heaps: Heaps) -> Take:
    """A winning move; where there is none, one that hangs on the heaps alone."""
    winning = winning_takes(heaps)
    return winning[0] if winning else random_take(heaps, KeyedRandom("nim", *heaps))
