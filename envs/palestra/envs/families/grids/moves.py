"""Answers that are moves or cells, and how walks on a board of text are followed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from palestra.envs.answers import final_line
from palestra.envs.families.grids.board import MOVES
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError

_BETWEEN = re.compile(r"[\s,;\[\]()'\"`*>-]+")
_MOVES = re.compile(r"[UDLR]{1,10000}")
_NUMBER = re.compile(r"[0-9]{1,4}")


def final_moves(response: str) -> str:
    """The final line as moves such as `RRD`; whatever separates the letters.

    Raises:
        NoAnswerError: It is something else.
    """
    line = final_line(response)
    moves = _BETWEEN.sub("", line).upper()
    if _MOVES.fullmatch(moves):
        return moves
    raise NoAnswerError(f"`{quote(line)}` is no sequence of the letters U, D, L and R")


def final_cells(response: str) -> tuple[tuple[int, int], ...]:
    """The final line as cells such as `1,2; 3,4`, in brackets or not.

    Raises:
        NoAnswerError: It is something else.
    """
    line = final_line(response)
    words = places(line)
    if words and len(words) % 2 == 0 and all(_NUMBER.fullmatch(word) for word in words):
        numbers = list(map(int, words))
        return tuple(zip(numbers[::2], numbers[1::2], strict=True))
    raise NoAnswerError(f"`{quote(line)}` is no list of cells")


def places(line: str) -> list[str]:
    """The words of a line, whatever separates them."""
    return [word for word in _BETWEEN.split(line) if word]


def follow(rows: Sequence[str], moves: str) -> list[tuple[int, int]] | int:
    """The cells that a walk from `S` visits, its start included; the number of the first move that hits a wall."""
    row = next(i for i, text in enumerate(rows) if "S" in text)
    column = rows[row].index("S")
    visited = [(row, column)]
    for count, move in enumerate(moves):
        down, right = MOVES[move]
        row, column = row + down, column + right
        if not (0 <= row < len(rows) and 0 <= column < len(rows[0])) or rows[row][column] == "#":
            return count + 1
        visited.append((row, column))
    return visited
