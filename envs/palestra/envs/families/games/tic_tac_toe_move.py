"""Tic-tac-toe on several boards, one move: any move that forces the best result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import ramp, stages
from palestra.envs.errors import ConfigError
from palestra.envs.families.games.alignment import Alignment, alignment
from palestra.envs.families.games.alignment_move import AlignmentConfig, AlignmentMove

_RULES = " X and O are placed in turn on free cells `.`; {length} in a line (across, down or diagonal) win.\n{board}\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class TicTacToeConfig(AlignmentConfig):
    """Which positions are asked."""

    size: int = stages(3, 3, 4, 4, 5, 5, 5, 5, 5, 5, choices=(3, 4, 5))
    """Rows and columns of the board, 3..5."""
    length: int = stages(3, 3, 4, 4, 4, 4, 4, 4, 4, 4, choices=(3, 4))
    """Length of a winning line, 3 or 4."""
    num_free: int = ramp(4, 7, low=3, high=12)
    """How many cells are free."""

    def check(self) -> None:
        """There are stones, and lines fit in."""
        if self.length > self.size or self.num_free > self.size**2 - 2:
            raise ConfigError("`length` and `num_free` do not fit the board\n\nhint: raise `size`")

    def rules(self) -> Alignment:
        """Stones stay where they are placed."""
        return alignment(self.size, self.size, self.length, falls=False)

    def free_cells(self) -> int:
        """As set."""
        return self.num_free


class TicTacToeMove(AlignmentMove):
    """Boards of 3 x 3 to 5 x 5."""

    floor: ClassVar[float] = 0.15
    id: ClassVar[str] = "palestra/TicTacToeMove-v1"
    Config: ClassVar[type[TicTacToeConfig]] = TicTacToeConfig
    puzzles: ClassVar[str] = "palestra/TicTacToe"
    templates = (
        "Tic-tac-toe." + _RULES + "You are X and move. Which move forces a win, or a draw if no win can be forced?",
        "A game of lines." + _RULES + "X moves. Find a move that leads to the best result against every defence.",
        "You play X." + _RULES + "It is your turn. Give a best move: a forced win if there is one, else a draw.",
    )
    answer_format = "The last line of your reply must be the cell alone, such as `B1`."
