"""Find hidden ships by shots; the numbers of ship cells in rows and columns are told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from palestra.envs.answers import final_line
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.errors import ConfigError
from palestra.envs.families.games.cells import board_text, canonical_board, cell_name, read_cell
from palestra.envs.family import Content
from palestra.envs.game import Game, Move
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom

_MAX_TRIES = 60
_SHIP, _WATER, _UNKNOWN = "#~."
_RULES = (
    " On this board, columns A to {last_column} and rows 1 to {rows}, lie straight ships of the lengths {ships}, "
    "across or down, no two of them touching, not even diagonally. Ship cells in each column: {in_columns}; in "
    "each row: {in_rows}. Each turn shoot at one cell. Hit all {cells} ship cells within {turns} shots."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class BattleshipSoloConfig(FamilyConfig):
    """Which fleets are hidden."""

    size: int = stages(4, 5, 5, 6, 6, 7, 7, 8, 8, 9, choices=tuple(range(4, 15)))
    """Rows and columns of the board, 4..14."""
    ships: str = stages("21", "211", "221", "321", "3211", "3221", "3321", "43221", "432211", "4332211", choices=())
    """Lengths of the ships, one digit each."""
    num_misses: int = ramp(1, 4, low=0, high=100)
    """How many shots may miss."""

    def check(self) -> None:
        """There are ships, and each fits in."""
        if not self.ships or not all("1" <= length <= "9" and int(length) <= self.size for length in self.ships):
            raise ConfigError(
                f"`ships` must be lengths of 1..{min(self.size, 9)}, got `{self.ships}`\n\nhint: e.g. `321`"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Fleet:
    """The ships cell by cell, `#` or `~`; their lengths, the cells that were shot at, and the number of turns."""

    size: int
    cells: str
    lengths: str
    shots: tuple[int, ...]
    turns: int

    def shown(self) -> str:
        """What the player sees."""
        marks = [mark if i in self.shots else _UNKNOWN for i, mark in enumerate(self.cells)]
        return board_text(marks, self.size)

    def missing(self) -> list[int]:
        """The ship cells that are not hit."""
        return [i for i, mark in enumerate(self.cells) if mark == _SHIP and i not in self.shots]


class BattleshipSolo(Game[BattleshipSoloConfig, Fleet, Fleet]):
    """Fleets of 2 to 7 ships."""

    id: ClassVar[str] = "palestra/BattleshipSolo-v1"
    Config: ClassVar[type[BattleshipSoloConfig]] = BattleshipSoloConfig
    templates = (
        "Find the hidden ships." + _RULES,
        "Let us play battleship; only you shoot." + _RULES,
        "A fleet is hidden." + _RULES,
    )
    answer_format = "The last line of each reply must be the cell alone, such as `B3`."

    def draw(self, rng: KeyedRandom) -> Fleet:
        """Place ships, the longest first."""
        size = self.config.size
        ships, blocked = set[int](), set[int]()
        for length in map(int, self.config.ships):
            cells = _place(size, length, blocked, rng)
            if not cells:
                return Fleet(size=size, cells=_WATER * size**2, lengths="", shots=(), turns=0)
            ships.update(cells)
            blocked.update(
                r * size + c
                for cell in cells
                for r in range(cell // size - 1, cell // size + 2)
                for c in range(cell % size - 1, cell % size + 2)
                if 0 <= r < size and 0 <= c < size
            )
        marks = "".join(_SHIP if i in ships else _WATER for i in range(size**2))
        turns = len(ships) + self.config.num_misses
        return Fleet(size=size, cells=marks, lengths=self.config.ships, shots=(), turns=turns)

    def canonical(self, key: Fleet) -> str:
        """The ships, however the board is turned."""
        return canonical_board(key.cells, key.size)

    def build(self, key: Fleet, rng: KeyedRandom) -> Content | None:
        """Tell the lengths and the sums."""
        if not key.lengths:
            return None
        size = key.size
        rows = [key.cells[i : i + size].count(_SHIP) for i in range(0, size**2, size)]
        columns = [key.cells[i::size].count(_SHIP) for i in range(size)]
        slots = {
            "last_column": cell_name(0, size - 1)[0],
            "rows": str(size),
            "ships": ", ".join(key.lengths),
            "in_columns": " ".join(map(str, columns)),
            "in_rows": " ".join(map(str, rows)),
            "cells": str(sum(rows)),
            "turns": str(key.turns),
        }
        return Content(slots=slots, reference=encode(key), effort=size * size, meta={"size": size})

    def turn_limit(self, task: Task) -> int:
        """As the prompt says."""
        return self.start(task).turns

    def start(self, task: Task) -> Fleet:
        """The ships."""
        return decode(Fleet, task.reference)

    def play(self, world: Fleet, text: str) -> Move[Fleet]:
        """Shoot."""
        row, column = read_cell(final_line(text), world.size, world.size)
        cell = row * world.size + column
        if cell in world.shots:
            raise NoAnswerError(f"{cell_name(row, column)} was shot at before")
        world = replace(world, shots=(*world.shots, cell))
        missing = len(world.missing())
        if not missing:
            return Move(world=world, verdict=Verdict.passed("all ships are hit"))
        result = "Hit" if world.cells[cell] == _SHIP else "Miss"
        return Move(world=world, reply=f"{result}; {missing} ship cells are left.\n{world.shown()}")

    def best(self, world: Fleet) -> str:
        """A ship cell."""
        return cell_name(*divmod(world.missing()[0], world.size))

    def random_move(self, world: Fleet, rng: KeyedRandom) -> str:
        """A cell that was not shot at."""
        cells = [cell for cell in range(world.size**2) if cell not in world.shots]
        return cell_name(*divmod(rng.choice(cells), world.size))


def _place(size: int, length: int, blocked: set[int], rng: KeyedRandom) -> list[int]:
    """Free cells in a line; none where a few draws found none."""
    for _ in range(_MAX_TRIES):
        first, across = rng.below(size - length + 1), rng.below(size)
        start, step = (across * size + first, 1) if rng.below(2) else (first * size + across, size)
        cells = [start + i * step for i in range(length)]
        if blocked.isdisjoint(cells):
            return cells
    return []
