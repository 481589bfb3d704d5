"""Minesweeper on boards that can be solved without a guess, as a solver proves for each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import ClassVar

from palestra.envs.answers import final_line
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.errors import ConfigError
from palestra.envs.families.games.cells import board_text, canonical_board, cell_name, read_cells
from palestra.envs.family import Content
from palestra.envs.game import Game, Move
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom

_SPARE_TURNS = 3
_FEW_CELLS = 12  # so many closed cells, at most, are counted as a whole
_MAX_ROUNDS = 4
_RULES = (
    " {mines} cells of this board hold a mine. A number tells how many of the up to 8 cells around it do; `.` is "
    "closed.\n{board}\nEach turn open one or more cells. A mine loses; you win when all other cells are open. It can "
    "be done without guessing. You have {turns} turns."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class MinesweeperConfig(FamilyConfig):
    """Which boards are asked."""

    size: int = stages(4, 4, 5, 5, 6, 6, 7, 7, 8, 9, choices=tuple(range(4, 13)))
    """Rows and columns of the board, 4..12."""
    num_mines: int = ramp(2, 13, low=1, high=40)
    """How many mines there are."""

    def check(self) -> None:
        """There is room around the first cell."""
        if self.num_mines > self.size**2 - 10:
            raise ConfigError("`num_mines` leaves no room around the first cell\n\nhint: raise `size`")


@dataclass(frozen=True, kw_only=True, slots=True)
class MineField:
    """Mines and open cells as bits, cell by cell; the turns that the game has."""

    size: int
    mines: int
    is_open: int
    turns: int

    def marks(self) -> list[str]:
        """What the player sees of each cell."""
        around = _around(self.size)
        return [
            str((around[cell] & self.mines).bit_count()) if self.is_open >> cell & 1 else "."
            for cell in range(self.size**2)
        ]

    def shown(self) -> str:
        """What the player sees."""
        return board_text(self.marks(), self.size)

    def opened(self, cells: int) -> MineField:
        """The field with these cells open, and all around each cell that has no mine around it."""
        around, is_open = _around(self.size), self.is_open
        while cells:
            low = cells & -cells
            cells ^= low
            cell = low.bit_length() - 1
            if not is_open & low and not around[cell] & self.mines:
                cells |= around[cell] & ~is_open
            is_open |= low
        return replace(self, is_open=is_open)

    def is_solved(self) -> bool:
        """Whether all cells without a mine are open."""
        return self.is_open | self.mines == (1 << self.size**2) - 1


class Minesweeper(Game[MinesweeperConfig, MineField, MineField]):
    """Fields whose first cell is open and has no mine around it."""

    id: ClassVar[str] = "palestra/Minesweeper-v1"
    Config: ClassVar[type[MinesweeperConfig]] = MinesweeperConfig
    templates = (
        "Let us play Minesweeper." + _RULES,
        "Clear this mine field." + _RULES,
        "Minesweeper." + _RULES,
    )
    answer_format = "The last line of each reply must be the cells to open, such as `A1 B3`."

    def draw(self, rng: KeyedRandom) -> MineField:
        """Draw the first cell, and mines away from it."""
        size = self.config.size
        first = rng.below(size * size)
        near = _around(size)[first] | 1 << first
        cells = [cell for cell in range(size * size) if not near >> cell & 1]
        mines = sum(1 << cell for cell in rng.sample(cells, self.config.num_mines))
        return MineField(size=size, mines=mines, is_open=1 << first, turns=0)

    def canonical(self, key: MineField) -> str:
        """The mines and the first cell, however the board is turned."""
        marks = ["*" if key.mines >> i & 1 else "o" if key.is_open >> i & 1 else "." for i in range(key.size**2)]
        return canonical_board(marks, key.size)

    def build(self, key: MineField, rng: KeyedRandom) -> Content | None:
        """Show what the first cell opens, where the rest can be deduced."""
        start = field = replace(key, is_open=0).opened(key.is_open)
        num_waves = 0
        while not field.is_solved():
            safe = safe_cells(field)
            if not safe:
                return None
            field, num_waves = field.opened(safe), num_waves + 1
        if num_waves == 0:
            return None
        world = replace(start, turns=2 * num_waves + _SPARE_TURNS)
        slots = {"board": world.shown(), "mines": str(self.config.num_mines), "turns": str(world.turns)}
        return Content(slots=slots, reference=encode(world), effort=key.mines.bit_count(), meta={"size": key.size})

    def turn_limit(self, task: Task) -> int:
        """Twice the turns that a player needs who opens whatever can be deduced, and a few."""
        return self.start(task).turns

    def start(self, task: Task) -> MineField:
        """The field after the first cell."""
        return decode(MineField, task.reference)

    def play(self, world: MineField, text: str) -> Move[MineField]:
        """Open cells."""
        cells = read_cells(final_line(text), world.size, world.size)
        wanted = 0
        for row, column in cells:
            wanted |= 1 << row * world.size + column
        if wanted & world.mines:
            return Move(world=world, verdict=Verdict.failed("a mine was opened"))
        world = world.opened(wanted & ~world.is_open)
        if world.is_solved():
            return Move(world=world, verdict=Verdict.passed("all cells without a mine are open"))
        return Move(world=world, reply=world.shown())

    def best(self, world: MineField) -> str:
        """All cells that can be deduced at once; all that are safe, should a player have left the way of deductions."""
        everything = (1 << world.size**2) - 1 & ~(world.mines | world.is_open)
        safe = safe_cells(world) or everything
        return " ".join(cell_name(*divmod(cell, world.size)) for cell in range(world.size**2) if safe >> cell & 1)

    def random_move(self, world: MineField, rng: KeyedRandom) -> str:
        """Any closed cell."""
        closed = [cell for cell in range(world.size**2) if not world.is_open >> cell & 1]
        return cell_name(*divmod(rng.choice(closed), world.size))


@cache
def _around(size: int) -> tuple[int, ...]:
    """The cells around each cell, as bits."""
    return tuple(
        sum(
            1 << r * size + c
            for r in range(max(0, row - 1), min(size, row + 2))
            for c in range(max(0, column - 1), min(size, column + 2))
            if (r, c) != (row, column)
        )
        for row in range(size)
        for column in range(size)
    )


def safe_cells(field: MineField) -> int:
    """The closed cells that what the player sees proves to hold no mine.

    A number is a set of closed cells with so many mines; the whole board is one more. A set with as
    many mines as cells, or with none, is decided; a set inside another leaves the difference.
    """
    closed = (1 << field.size**2) - 1 & ~field.is_open
    sets = {closed: field.mines.bit_count()} if closed.bit_count() <= _FEW_CELLS else {}
    for cell, near in enumerate(_around(field.size)):
        if field.is_open >> cell & 1 and near & closed:
            sets[near & closed] = (near & field.mines).bit_count()
    for _ in range(_MAX_ROUNDS):
        safe, mined = _decided(sets)
        if safe:  # enough for this turn: what it opens tells more than any difference
            return safe
        sets = {cells & ~mined: count - (cells & mined).bit_count() for cells, count in sets.items()}
        known = [(cells, count) for cells, count in sets.items() if cells]
        sets = dict(known)
        for small, few in known:
            for large, many in known:
                if small & ~large == 0 and small != large:
                    sets[large & ~small] = many - few
    return 0


def _decided(sets: dict[int, int]) -> tuple[int, int]:
    """The cells that are safe, and those with mines, in sets that have none or nothing else."""
    safe = mined = 0
    for cells, count in sets.items():
        if count == 0:
            safe |= cells
        elif count == cells.bit_count():
            mined |= cells
    return safe, mined
