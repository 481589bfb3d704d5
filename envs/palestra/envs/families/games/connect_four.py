"""Connect four against an opponent who plays perfectly."""

from __future__ import annotations

from typing import ClassVar

from palestra.envs.families.games.alignment_duel import AlignmentDuel
from palestra.envs.families.games.connect_four_move import ConnectFourConfig

_RULES = (
    " You are X, I am O; in turn we drop a stone into a column, where it falls to the lowest free cell `.`; "
    "{length} in a line (across, down or diagonal) win.\n{board}\n"
    "Your turn. {goal} A reply without a possible move costs a turn; you have {turns} turns."
)


class ConnectFour(AlignmentDuel):
    """Boards of 4 x 5 to 5 x 7."""

    id: ClassVar[str] = "palestra/ConnectFour-v1"
    Config: ClassVar[type[ConnectFourConfig]] = ConnectFourConfig
    templates = (
        "Let us go on with this game of connect four." + _RULES,
        "A game of falling stones." + _RULES,
        "Play against me." + _RULES,
    )
    answer_format = "The last line of each reply must be the letter of your column alone, such as `B`."
