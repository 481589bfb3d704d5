"""The parameter of families that ask several kinds of questions."""

from __future__ import annotations

from typing import Any

from palestra.envs.config import stages


def kinds(*by_difficulty: str) -> Any:
    """A parameter of kinds, separated by spaces, that follows the difficulty as with `stages`.

    It may be set to one of these texts, or to any single kind in them.
    """
    single = [kind for stage in by_difficulty for kind in stage.split()]
    return stages(*by_difficulty, choices=tuple(dict.fromkeys((*by_difficulty, *single))))
