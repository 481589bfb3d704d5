"""Tic-tac-toe against an opponent who plays perfectly."""

from __future__ import annotations

from typing import ClassVar

from palestra.envs.families.games.alignment_duel import AlignmentDuel
from palestra.envs.families.games.tic_tac_toe_move import TicTacToeConfig

_RULES = (
    " You are X, I am O, and we place in turn on free cells `.`; {length} in a line (across, down or diagonal) win.\n"
    "{board}\nYour turn. {goal} A reply without a possible move costs a turn; you have {turns} turns."
)


class TicTacToe(AlignmentDuel):
    """Boards of 3 x 3 to 5 x 5."""

    id: ClassVar[str] = "palestra/TicTacToe-v1"
    Config: ClassVar[type[TicTacToeConfig]] = TicTacToeConfig
    templates = (
        "Let us go on with this game of tic-tac-toe." + _RULES,
        "A game of lines." + _RULES,
        "Play against me." + _RULES,
    )
    answer_format = "The last line of each reply must be your cell alone, such as `B1`."
