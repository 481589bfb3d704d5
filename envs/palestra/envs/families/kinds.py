"""Parameters of kinds: which of its kinds of questions a family asks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from palestra.envs.config import stages
from palestra.envs.errors import ConfigError


def kinds(*by_difficulty: str) -> Any:
    """A parameter of kinds, separated by spaces, that follows the difficulty as with `stages`.

    It may be set to one of these texts, or to any single kind in them.
    """
    single = [kind for stage in by_difficulty for kind in stage.split()]
    return stages(*by_difficulty, choices=tuple(dict.fromkeys((*by_difficulty, *single))))


def check_kinds(name: str, text: str, known: Iterable[str]) -> None:
    """Check a parameter that names one kind or more, separated by spaces.

    Raises:
        ConfigError: It names none, or one that is not known.
    """
    names = tuple(known)
    for kind in text.split() or [""]:
        if kind not in names:
            raise ConfigError(f"`{name}` has no kind `{kind:.80}`\n\nhint: kinds are {', '.join(names)}")
