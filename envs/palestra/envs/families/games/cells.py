"""Boards of cells with names: `B3` is the second column of the third row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from string import ascii_uppercase

from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError

Cell = tuple[int, int]
"""Row and column, from 0."""

_CELL = re.compile(r"([A-Za-z])([0-9]{1,2})")
_SEPARATOR = re.compile(r"\s*(?:->|[-,;\s])\s*")
_FRAMES = "'\"()[]{}`*$. "


def cell_name(row: int, column: int) -> str:
    """The name of a cell."""
    return f"{ascii_uppercase[column]}{row + 1}"


def read_cells(text: str, rows: int, columns: int) -> tuple[Cell, ...]:
    """Cells separated by commas, blanks, `-` or `->`.

    >>> read_cells("A1-B3, c2", 3, 3)
    ((0, 0), (2, 1), (1, 2))

    Raises:
        NoAnswerError: Something else stands in the text, or a cell is not on the board.
    """
    cells = []
    for piece in _SEPARATOR.split(text.strip(_FRAMES)):
        match = _CELL.fullmatch(piece.strip(_FRAMES))
        if match is None:
            raise NoAnswerError(f"`{quote(piece)}` is no cell")
        row, column = int(match[2]) - 1, ascii_uppercase.index(match[1].upper())
        if not (0 <= row < rows and column < columns):
            raise NoAnswerError(f"`{quote(piece)}` is not on the board")
        cells.append((row, column))
    return tuple(cells)


def read_cell(text: str, rows: int, columns: int) -> Cell:
    """One cell.

    Raises:
        NoAnswerError: The text is anything else.
    """
    cells = read_cells(text, rows, columns)
    if len(cells) != 1:
        raise NoAnswerError(f"{len(cells)} cells where one is asked for")
    return cells[0]


def board_text(marks: Sequence[str], columns: int) -> str:
    """The board with the names of its columns and rows; one character for each cell, row by row."""
    rows = len(marks) // columns
    width = len(str(rows))
    head = " " * width + "".join(f" {letter}" for letter in ascii_uppercase[:columns])
    lines = (f"{row + 1:>{width}} " + " ".join(marks[row * columns : (row + 1) * columns]) for row in range(rows))
    return "\n".join((head, *lines))


@cache
def symmetries(rows: int, columns: int) -> tuple[tuple[int, ...], ...]:
    """The orders of cells by which a board reads when it is turned and mirrored: 8 for squares, else 4."""
    plain = [[row * columns + column for column in range(columns)] for row in range(rows)]
    mirrored = [grid for board in (plain, [row[::-1] for row in plain]) for grid in (board, board[::-1])]
    if rows == columns:
        mirrored += [[list(row) for row in zip(*grid, strict=True)] for grid in mirrored]
    return tuple(tuple(cell for row in grid for cell in row) for grid in mirrored)


def canonical_board(marks: Sequence[str], columns: int) -> str:
    """The same text for boards that differ by turning and mirroring."""
    orders = symmetries(len(marks) // columns, columns)
    return f"{columns} " + min("".join([marks[cell] for cell in order]) for order in orders)
