"""Conway's game of life, some generations on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RowsAnswer, read_rows
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.algorithms.bit_board import BitBoard
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_MIN_LIVE_SHARE = 6  # one live cell in six: boards that nearly die out look all alike


@dataclass(frozen=True, kw_only=True, slots=True)
class GameOfLifeConfig(FamilyConfig):
    """Which boards are asked."""

    size: int = ramp(4, 10, low=4, high=30)
    """Rows and columns."""
    num_generations: int = ramp(1, 5, low=1, high=20)
    """How many generations pass."""


@dataclass(frozen=True, slots=True)
class GameOfLifeKey:
    """The cells row by row as 0 and 1, and how long they live."""

    size: int
    cells: str
    num_generations: int


class GameOfLife(Question[GameOfLifeConfig, GameOfLifeKey]):
    """Square boards with a border beyond which all cells are dead."""

    id: ClassVar[str] = "palestra/GameOfLife-v1"
    Config: ClassVar[type[GameOfLifeConfig]] = GameOfLifeConfig
    templates = (
        "Conway's Game of Life, 1 is alive, 0 is dead, cells outside the board are dead:\n{board}\n"
        "Show the board after {generations}.",
        "{board}\nThis is a Game of Life (1 alive, 0 dead, everything outside is dead). Let {generations} pass.",
        "Play Conway's Game of Life for {generations} on this board; outside of it no cell is alive.\n{board}",
        "Given a Game of Life board (1 = live, 0 = dead, dead beyond the edges), "
        "what does it look like {generations} later?\n{board}",
    )
    answer_format = "Reply with the new board only: one line for each row, cells separated by spaces."
    verifier = RowsAnswer()

    def draw(self, rng: KeyedRandom) -> GameOfLifeKey:
        """A board of which nearly half is alive."""
        size = self.config.size
        cells = "".join("01"[rng.below(9) < 4] for _ in range(size * size))
        return GameOfLifeKey(size, cells, self.config.num_generations)

    def build(self, key: GameOfLifeKey, rng: KeyedRandom) -> Content | None:
        """Let the generations pass; None where little is left or nothing has changed."""
        board = BitBoard(key.size, key.size)
        start = live = board.packed(key.cells, "1")
        for _ in range(key.num_generations):
            live = board.next_generation(live)
        if live == start or live.bit_count() * _MIN_LIVE_SHARE < key.size * key.size:
            return None
        plural = "" if key.num_generations == 1 else "s"
        return Content(
            slots={"board": _shown(board, start), "generations": f"{key.num_generations} generation{plural}"},
            reference=_shown(board, live),
            effort=key.num_generations * key.size * key.size,
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Random cells in the right shape."""
        rows = read_rows(task.reference)
        return "\n".join(" ".join(rng.choice("01") for _ in row) for row in rows)


def _shown(board: BitBoard, live: int) -> str:
    width = board.num_columns
    lines = (f"{live >> row * board.stride & (1 << width) - 1:0{width}b}"[::-1] for row in range(board.num_rows))
    return "\n".join(" ".join(line) for line in lines)
