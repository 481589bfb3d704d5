"""Matrices of whole numbers."""

from __future__ import annotations

from palestra.verifiers.keyed_random import KeyedRandom

Matrix = tuple[tuple[int, ...], ...]


def random_matrix(num_rows: int, num_columns: int, high: int, rng: KeyedRandom) -> Matrix:
    """A matrix with entries in -high..high."""
    return tuple(tuple(rng.between(-high, high) for _ in range(num_columns)) for _ in range(num_rows))


def matrix_text(matrix: Matrix) -> str:
    """Such as `[[1, 2], [3, 4]]`."""
    return str([list(row) for row in matrix])


def determinant(matrix: Matrix) -> int:
    """The determinant, by elimination without fractions (Bareiss)."""
    rows = [list(row) for row in matrix]
    sign, last = 1, 1
    for k in range(len(rows) - 1):
        pivot = next((i for i in range(k, len(rows)) if rows[i][k]), None)
        if pivot is None:
            return 0
        if pivot != k:
            rows[k], rows[pivot], sign = rows[pivot], rows[k], -sign
        for i in range(k + 1, len(rows)):
            for j in range(k + 1, len(rows)):
                rows[i][j] = (rows[i][j] * rows[k][k] - rows[i][k] * rows[k][j]) // last
        last = rows[k][k]
    return sign * rows[-1][-1]


def product(a: Matrix, b: Matrix) -> Matrix:
    """The matrix product."""
    columns = list(zip(*b, strict=True))
    return tuple(tuple(sum(x * y for x, y in zip(row, column, strict=True)) for column in columns) for row in a)
