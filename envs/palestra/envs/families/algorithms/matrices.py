"""Matrices of small whole numbers: drawn, turned and written."""

from __future__ import annotations

from palestra.envs.answers import read_rows
from palestra.verifiers.keyed_random import KeyedRandom

Matrix = tuple[tuple[int, ...], ...]


def draw_matrix(num_rows: int, num_columns: int, high: int, rng: KeyedRandom) -> Matrix:
    """A matrix with cells in 0..high."""
    return tuple(tuple(rng.below(high + 1) for _ in range(num_columns)) for _ in range(num_rows))


def written(matrix: Matrix) -> str:
    r"""One line for each row.

    >>> written(((1, 2), (3, 4)))
    '1 2\n3 4'
    """
    return "\n".join(" ".join(map(str, row)) for row in matrix)


def transposed(matrix: Matrix) -> Matrix:
    """Rows become columns."""
    return tuple(zip(*matrix, strict=True))


def turned(matrix: Matrix, quarters: int) -> Matrix:
    """Turned clockwise by a number of quarter turns.

    >>> turned(((1, 2), (3, 4)), 1)
    ((3, 1), (4, 2))
    """
    for _ in range(quarters % 4):
        matrix = transposed(matrix[::-1])
    return matrix


def random_rows(reference: str, high: int, rng: KeyedRandom) -> str:
    """A matrix of the shape of a reference with random cells: a guess."""
    rows = read_rows(reference)
    return written(draw_matrix(len(rows), len(rows[0]), high, rng))
