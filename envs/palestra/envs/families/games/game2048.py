"""2048 with a target and a limit of moves that a simple player is known to keep."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar

from palestra.envs.answers import final_line
from palestra.envs.config import FamilyConfig, stages
from palestra.envs.families.games.steps import read_few_steps
from palestra.envs.family import Content
from palestra.envs.game import Game, Move
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom

_SIDE = 4
_MOVES_PER_TURN = 8
_SPARE_TURNS = 3
_SLACK = 20  # one move more for each 20 of the simple player: pushing without looking takes longer
_CACHED_ROWS = 1 << 14
_LETTERS = "LDRU"
_WEIGHTS = (0, 1, 2, 3, 7, 6, 5, 4, 8, 9, 10, 11, 15, 14, 13, 12)  # a snake: large tiles gather at its end
_RULES = (
    "\n{board}\nA move U, D, L or R pushes all tiles that way; equal tiles that meet become one of twice the value, "
    "each tile once in a move. Then a 2 (or, rarely, a 4) appears in a free cell `.`. A move that changes nothing does "
    "not count. Each turn make 1 to 8 moves. Reach the tile {target} within {moves} moves and {turns} turns."
)
Board = tuple[int, ...]
"""16 tiles, row by row; 0 where there is none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Game2048Config(FamilyConfig):
    """Which games are played."""

    target: int = stages(32, 32, 64, 64, 64, 128, 128, 128, 128, 128, choices=(8, 16, 32, 64, 128, 256, 512))
    """The tile to reach."""
    num_tiles: int = stages(9, 5, 5, 3, 2, 12, 10, 8, 5, 2, choices=tuple(range(2, 13)))
    """Tiles at the start, 2..12."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tiles:
    """A board, what decides the tiles to come, the target, moves made and left, and some that reach it."""

    board: tuple[int, ...]
    stream: int
    target: int
    num_made: int
    num_left: int
    way: str | None

    def shown(self) -> str:
        """The board in rows."""
        width = len(str(max(self.board)))
        cells = [f"{tile or '.':>{width}}" for tile in self.board]
        return "\n".join(" ".join(cells[i : i + _SIDE]) for i in range(0, len(cells), _SIDE))


class Game2048(Game[Game2048Config, Tiles, Tiles]):
    """Boards of 4 x 4; which tiles appear hangs on the task and the move number alone."""

    floor: ClassVar[float] = 0.25  # of moving in one fixed order without looking
    id: ClassVar[str] = "palestra/Game2048-v1"
    Config: ClassVar[type[Game2048Config]] = Game2048Config
    templates = (
        "Let us play 2048." + _RULES,
        "A game of 2048." + _RULES,
        "Push and merge tiles." + _RULES,
    )
    answer_format = "The last line of each reply must be your moves alone, such as `LLDR`."

    def draw(self, rng: KeyedRandom) -> Tiles:
        """Place small tiles."""
        board = [0] * _SIDE**2
        for cell in rng.sample(range(_SIDE**2), self.config.num_tiles):
            board[cell] = rng.choice((2, 2, 4))
        return Tiles(
            board=tuple(board), stream=rng.word() >> 32, target=self.config.target, num_made=0, num_left=0, way=None
        )

    def canonical(self, key: Tiles) -> str:
        """The board and the stream of tiles."""
        return f"{key.board} {key.stream} {key.target}"

    def build(self, key: Tiles, rng: KeyedRandom) -> Content | None:
        """Let a simple player reach the target, and allow a few moves more."""
        world, way = replace(key, num_left=key.target), ""
        while max(world.board) < key.target and world.num_left:
            move = _greedy(world.board)
            if not move:
                return None
            world, way = after_move(world, move), way + move
        if max(world.board) < key.target:
            return None
        start = replace(key, num_left=len(way) + len(way) // _SLACK, way=way)
        slots = {
            "board": start.shown(),
            "target": str(key.target),
            "moves": str(start.num_left),
            "turns": str(_num_turns(start)),
        }
        missing = key.target - sum(key.board)  # what the tiles to come must add, at least
        return Content(slots=slots, reference=encode(start), effort=missing, meta={"target": key.target})

    def turn_limit(self, task: Task) -> int:
        """Twice the turns that the moves need, and a few."""
        return _num_turns(self.start(task))

    def start(self, task: Task) -> Tiles:
        """The board."""
        return decode(Tiles, task.reference)

    def play(self, world: Tiles, text: str) -> Move[Tiles]:
        """Push until the target is reached, the moves are used up, or nothing moves."""
        for move in read_few_steps(final_line(text), _MOVES_PER_TURN):
            after = after_move(world, move)
            if after is world:
                return Move(world=world, reply=f"Move {move} changes nothing.\n{world.shown()}")
            world = after
            if max(world.board) >= world.target:
                return Move(world=world, verdict=Verdict.passed(f"a tile of {max(world.board)} is reached"))
            if world.num_left == 0 or not _greedy(world.board):
                return Move(world=world, verdict=Verdict.failed(f"the largest tile is {max(world.board)}"))
        return Move(world=world, reply=f"{world.shown()}\n{world.num_left} moves are left.")

    def best(self, world: Tiles) -> str:
        """The next of the known moves; off their way, what a simple player does."""
        return world.way[:_MOVES_PER_TURN] if world.way else _greedy(world.board)

    def random_move(self, world: Tiles, rng: KeyedRandom) -> str:
        """Any move that changes the board."""
        return rng.choice([move for move in _LETTERS if pushed(world.board, move) != world.board])


def after_move(world: Tiles, move: str) -> Tiles:
    """The world after a move and the new tile; the same world where nothing moves."""
    board = pushed(world.board, move)
    if board == world.board:
        return world
    rng = KeyedRandom("2048", world.stream, world.num_made)
    free = [cell for cell, tile in enumerate(board) if not tile]
    cell, tile = rng.choice(free), 2 if rng.below(10) else 4
    return replace(
        world,
        board=(*board[:cell], tile, *board[cell + 1 :]),
        num_made=world.num_made + 1,
        num_left=world.num_left - 1,
        way=world.way[1:] if world.way and world.way[0] == move else None,
    )


def pushed(board: Board, move: str) -> Board:
    """The board after a move, before the new tile."""
    cells = [tile for line in _pushed_lines(_lines(board, move), move) for tile in line]
    return tuple(cells) if move in "LR" else tuple(cells[i % _SIDE * _SIDE + i // _SIDE] for i in range(_SIDE**2))


def _lines(board: Board, move: str) -> list[Board]:
    """The rows for moves left and right, the columns for moves up and down."""
    if move in "LR":
        return [board[i : i + _SIDE] for i in range(0, _SIDE**2, _SIDE)]
    return [board[i::_SIDE] for i in range(_SIDE)]


def _pushed_lines(lines: list[Board], move: str) -> list[Board]:
    return [merged(line) for line in lines] if move in "LU" else [merged(line[::-1])[::-1] for line in lines]


@lru_cache(maxsize=_CACHED_ROWS)
def merged(row: Board) -> Board:
    """A row pushed towards its first cell."""
    tiles: list[int] = []
    last = 0
    for tile in row:
        if tile and tile == last:
            tiles[-1], last = 2 * tile, 0
        elif tile:
            tiles.append(tile)
            last = tile
    return (*tiles, *(0,) * (len(row) - len(tiles)))


def _greedy(board: Board) -> str:
    """The move after which free cells and large tiles at the end of a snake are most; empty where none moves."""
    best, best_worth = "", -1
    for move in _LETTERS:
        lines = _lines(board, move)
        after = _pushed_lines(lines, move)
        if after != lines:
            worth = sum(_worth(line, i, move in "LR") for i, line in enumerate(after))
            if worth > best_worth:
                best, best_worth = move, worth
    return best


@lru_cache(maxsize=_CACHED_ROWS)
def _worth(line: Board, number: int, is_row: bool) -> int:
    weights = _WEIGHTS[number * _SIDE : (number + 1) * _SIDE] if is_row else _WEIGHTS[number::_SIDE]
    return 64 * line.count(0) + sum(tile * weight for tile, weight in zip(line, weights, strict=True))


def _num_turns(world: Tiles) -> int:
    return 2 * -(-world.num_left // _MOVES_PER_TURN) + _SPARE_TURNS
