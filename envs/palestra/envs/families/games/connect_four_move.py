"""Connect four on several boards, one move: any move that forces the best result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import ramp, stages
from palestra.envs.errors import ConfigError
from palestra.envs.families.games.alignment import Alignment, alignment
from palestra.envs.families.games.alignment_move import AlignmentConfig, AlignmentMove

_RULES = (
    " X and O are dropped in turn into a column and fall to its lowest free cell; {length} in a line (across, down or "
    "diagonal) win.\n{board}\n"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectFourConfig(AlignmentConfig):
    """Which positions are asked."""

    rows: int = stages(4, 4, 4, 4, 4, 4, 5, 5, 5, 5, choices=tuple(range(4, 9)))
    """Rows of the board, 4..8."""
    columns: int = stages(5, 5, 6, 6, 6, 6, 6, 7, 7, 7, choices=tuple(range(4, 10)))
    """Columns of the board, 4..9."""
    num_free: int = ramp(5, 9, low=3, high=16)
    """How many cells are free."""

    def check(self) -> None:
        """There are stones."""
        if self.num_free > self.rows * self.columns - 2:
            raise ConfigError("`num_free` leaves no stones\n\nhint: raise `rows` or `columns`")

    def rules(self) -> Alignment:
        """Four in a line; stones fall."""
        return alignment(self.rows, self.columns, 4, falls=True)

    def free_cells(self) -> int:
        """As set."""
        return self.num_free


class ConnectFourMove(AlignmentMove):
    """Boards of 4 x 5 to 5 x 7."""

    id: ClassVar[str] = "palestra/ConnectFourMove-v1"
    Config: ClassVar[type[ConnectFourConfig]] = ConnectFourConfig
    puzzles: ClassVar[str] = "palestra/ConnectFour"
    floor: ClassVar[float] = 0.2  # few columns are open, and one of them is right
    templates = (
        "Connect four." + _RULES + "You are X and move. Which move forces a win, or a draw if no win can be forced?",
        "Falling stones." + _RULES + "X moves. Find a move that leads to the best result against every defence.",
        "You play X." + _RULES + "It is your turn. Give a best move: a forced win if there is one, else a draw.",
    )
    answer_format = "The last line of your reply must be the letter of the column alone, such as `B`."
