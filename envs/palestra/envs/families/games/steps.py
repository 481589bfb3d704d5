"""Steps up, down, left and right."""

from __future__ import annotations

import re
from typing import Final

from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError

STEPS: Final = {"U": (-1, 0), "D": (1, 0), "L": (0, -1), "R": (0, 1)}
"""Row and column of each step."""
BACK: Final = {"U": "D", "D": "U", "L": "R", "R": "L"}
"""The step that undoes a step."""

_WORDS = {"UP": "U", "DOWN": "D", "LEFT": "L", "RIGHT": "R"}
_LETTERS = re.compile(r"[UDLR]+")
_SEPARATOR = re.compile(r"\s*(?:->|[-,;\s])\s*")


def read_steps(text: str) -> str:
    """Steps as letters, from `URDL`, `U R D L` or `up, right, down, left`.

    Raises:
        NoAnswerError: Something else stands in the text.
    """
    pieces = [piece.strip("'\"()[]`*$.") for piece in _SEPARATOR.split(text.strip("'\"()[]`*$. "))]
    letters = [_WORDS.get(piece.upper(), piece.upper()) for piece in pieces]
    wrong = next((piece for piece, step in zip(pieces, letters, strict=True) if not _LETTERS.fullmatch(step)), None)
    if wrong is not None:
        raise NoAnswerError(f"`{quote(wrong)}` is no step")
    return "".join(letters)


def read_few_steps(text: str, limit: int) -> str:
    """At most `limit` steps.

    Raises:
        NoAnswerError: There are more, or something else stands in the text.
    """
    steps = read_steps(text)
    if len(steps) > limit:
        raise NoAnswerError(f"{len(steps)} steps; a turn has at most {limit}")
    return steps
