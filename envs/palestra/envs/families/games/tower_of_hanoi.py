"""The tower of Hanoi, from any legal arrangement, a few moves in each turn."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar

from palestra.envs.answers import final_line
from palestra.envs.config import FamilyConfig, stages
from palestra.envs.family import Content
from palestra.envs.game import Game, Move
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom

_PEGS = "ABC"
_MOVES_PER_TURN = 8
_SPARE_TURNS = 2
_SEPARATOR = re.compile(r"\s*[,;\s]\s*")
_MOVE = re.compile(r"([ABC])(?:->|-|to)?([ABC])", re.IGNORECASE)
_RULES = (
    "\n{pegs}\nA move takes the smallest disk of one peg to another peg, never onto a smaller disk. Bring all disks to "
    "peg {goal}. Each turn make 1 to 8 moves. You have {turns} turns."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class TowerOfHanoiConfig(FamilyConfig):
    """Which towers are built."""

    num_disks: int = stages(4, 4, 4, 5, 5, 6, 6, 6, 7, 7, choices=tuple(range(3, 11)))
    """How many disks there are, 3..10."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Towers:
    """Where each disk is, smallest first, and where all have to go: pegs 0 to 2."""

    disks: tuple[int, ...]
    goal: int


class TowerOfHanoi(Game[TowerOfHanoiConfig, Towers, Towers]):
    """Towers with three pegs; every arrangement is a start but the finished one."""

    id: ClassVar[str] = "palestra/TowerOfHanoi-v1"
    Config: ClassVar[type[TowerOfHanoiConfig]] = TowerOfHanoiConfig
    templates = (
        "The tower of Hanoi. Disks on each peg, largest first:" + _RULES,
        "Solve this tower of Hanoi. On the pegs lie, from the bottom up:" + _RULES,
        "Three pegs hold disks, numbered by size, listed from the bottom:" + _RULES,
    )
    answer_format = "The last line of each reply must be your moves alone, such as `AC AB CB`."

    def draw(self, rng: KeyedRandom) -> Towers:
        """Put each disk on any peg."""
        disks = tuple(rng.below(3) for _ in range(self.config.num_disks))
        return Towers(disks=disks, goal=rng.below(3))

    def canonical(self, key: Towers) -> str:
        """The disks on the goal and on either other peg, whatever the pegs are called."""
        others = [peg for peg in range(3) if peg != key.goal]
        return min(
            "".join("g" if disk == key.goal else names[others.index(disk)] for disk in key.disks)
            for names in ("ab", "ba")
        )

    def build(self, key: Towers, rng: KeyedRandom) -> Content | None:
        """Show the pegs."""
        num_moves = len(way_to(key))
        if num_moves == 0:
            return None
        slots = {"pegs": _shown(key), "goal": _PEGS[key.goal], "turns": str(_num_turns(key))}
        return Content(slots=slots, reference=encode(key), effort=num_moves, meta={"num_disks": len(key.disks)})

    def turn_limit(self, task: Task) -> int:
        """Twice the turns that the shortest way needs, and a few."""
        return _num_turns(self.start(task))

    def start(self, task: Task) -> Towers:
        """The pegs."""
        return decode(Towers, task.reference)

    def play(self, world: Towers, text: str) -> Move[Towers]:
        """Move disks until all are there or one cannot be moved."""
        for source, target in _read_moves(final_line(text)):
            problem, world = moved(world, source, target)
            if problem:
                return Move(world=world, reply=f"{problem}\n{_shown(world)}")
            if all(disk == world.goal for disk in world.disks):
                return Move(world=world, verdict=Verdict.passed("all disks are on the peg"))
        return Move(world=world, reply=_shown(world))

    def best(self, world: Towers) -> str:
        """The next moves of the shortest way."""
        return " ".join(_PEGS[a] + _PEGS[b] for a, b in way_to(world)[:_MOVES_PER_TURN])

    def random_move(self, world: Towers, rng: KeyedRandom) -> str:
        """A few legal moves."""
        moves = []
        for _ in range(_MOVES_PER_TURN):
            source, target = rng.choice([(a, b) for a in range(3) for b in range(3) if not moved(world, a, b)[0]])
            _, world = moved(world, source, target)
            moves.append(_PEGS[source] + _PEGS[target])
        return " ".join(moves)


def moved(towers: Towers, source: int, target: int) -> tuple[str, Towers]:
    """Why a disk cannot be moved (empty where it can), and the towers afterwards."""
    if source not in towers.disks:
        return f"Peg {_PEGS[source]} is empty.", towers
    disk = towers.disks.index(source)
    if target in towers.disks[: disk + 1]:
        return f"Disk {disk + 1} cannot go from {_PEGS[source]} to {_PEGS[target]}.", towers
    return "", replace(towers, disks=(*towers.disks[:disk], target, *towers.disks[disk + 1 :]))


def way_to(towers: Towers) -> list[tuple[int, int]]:
    """The shortest way: moves from peg to peg.

    Source: https://en.wikipedia.org/wiki/Tower_of_Hanoi#Recursive_solution
    """
    way: list[tuple[int, int]] = []
    pegs = list(towers.disks)

    def gather(num_disks: int, goal: int) -> None:
        for disk in range(num_disks - 1, -1, -1):
            if pegs[disk] != goal:
                source, pegs[disk] = pegs[disk], goal
                gather(disk, 3 - source - goal)
                way.append((source, goal))

    gather(len(pegs), towers.goal)
    return way


def _read_moves(text: str) -> list[tuple[int, int]]:
    moves = []
    for piece in _SEPARATOR.split(text.strip("'\"()[]`*. ")):
        if (match := _MOVE.fullmatch(piece)) is None:
            raise NoAnswerError(f"`{quote(piece)}` is no move such as `AC`")
        moves.append((_PEGS.index(match[1].upper()), _PEGS.index(match[2].upper())))
    if len(moves) > _MOVES_PER_TURN:
        raise NoAnswerError(f"{len(moves)} moves; a turn has at most {_MOVES_PER_TURN}")
    return moves


def _num_turns(towers: Towers) -> int:
    return 2 * -(-len(way_to(towers)) // _MOVES_PER_TURN) + _SPARE_TURNS


def _shown(towers: Towers) -> str:
    lines = []
    for peg, name in enumerate(_PEGS):
        disks = [str(disk + 1) for disk in range(len(towers.disks) - 1, -1, -1) if towers.disks[disk] == peg]
        lines.append(f"{name}: {' '.join(disks) or 'empty'}")
    return "\n".join(lines)
