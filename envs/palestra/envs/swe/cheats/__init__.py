"""Known ways to be paid for a repository without mending it: none may be."""

from palestra.envs.swe.cheats.cheat import Cheat
from palestra.envs.swe.cheats.files import FILE_CHEATS
from palestra.envs.swe.cheats.forgers import FORGER_CHEATS
from palestra.envs.swe.cheats.in_process import CODE_CHEATS

CHEATS = (*FILE_CHEATS, *CODE_CHEATS, *FORGER_CHEATS)

__all__ = ["CHEATS", "Cheat"]
