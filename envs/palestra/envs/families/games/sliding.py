"""Sliding puzzles: tiles in a frame with one gap. The way back is known for every board that a walk reaches."""

from __future__ import annotations

from dataclasses import dataclass

from palestra.envs.families.games.cells import symmetries
from palestra.verifiers.keyed_random import KeyedRandom

GAP = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class SlidingPuzzle:
    """A board, its goal, and tiles that lead from one to the other; boards read row by row."""

    columns: int
    board: tuple[int, ...]
    goal: tuple[int, ...]
    way: tuple[int, ...]
    """Tiles to slide, one after the other, until the goal is reached."""

    def canonical(self) -> str:
        """The same text for the same puzzle, turned, mirrored or from the goal to the start."""
        orders = symmetries(len(self.board) // self.columns, self.columns)
        ends = ((self.board, self.goal), (self.goal, self.board))
        return f"{self.columns} " + min(
            " ".join(str(board[cell]) for board in pair for cell in order) for pair in ends for order in orders
        )


def scrambled(rows: int, columns: int, num_slides: int, rng: KeyedRandom) -> SlidingPuzzle:
    """A goal in random order, and the board that a random walk makes of it."""
    goal = list(range(rows * columns))
    rng.shuffle(goal)
    board, walk = wandered(tuple(goal), columns, num_slides, rng)
    return SlidingPuzzle(columns=columns, board=board, goal=tuple(goal), way=tuple(walk[::-1]))


def wandered(
    board: tuple[int, ...], columns: int, num_slides: int, rng: KeyedRandom
) -> tuple[tuple[int, ...], list[int]]:
    """The board after a random walk that never turns back, and the tiles that were slid."""
    walk = [GAP]
    for _ in range(num_slides):
        walk.append(rng.choice([tile for tile in movable(board, columns) if tile != walk[-1]]))
        board = _swapped(board, walk[-1])
    return board, walk[1:]


def movable(board: tuple[int, ...], columns: int) -> list[int]:
    """The tiles beside the gap."""
    row, column = divmod(board.index(GAP), columns)
    around = ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1))
    rows = len(board) // columns
    return [board[r * columns + c] for r, c in around if 0 <= r < rows and 0 <= c < columns]


def slid(board: tuple[int, ...], tile: int, columns: int) -> tuple[int, ...] | None:
    """The board after a tile slid into the gap; None where it cannot."""
    return _swapped(board, tile) if tile in movable(board, columns) else None


def sliding_text(board: tuple[int, ...], columns: int) -> str:
    """The board in rows, the gap as `_`."""
    width = len(str(max(board)))
    cells = [f"{tile or '_':>{width}}" for tile in board]
    return "\n".join(" ".join(cells[i : i + columns]) for i in range(0, len(cells), columns))


def _swapped(board: tuple[int, ...], tile: int) -> tuple[int, ...]:
    return tuple(GAP if cell == tile else tile if cell == GAP else cell for cell in board)
