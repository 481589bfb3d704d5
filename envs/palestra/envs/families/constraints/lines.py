"""Puzzles as lines of cells, each with a list of the patterns that it may hold.

A cell's domain is a mask of `width` bits, one for each value; a pattern holds one bit of each of its
cells, side by side. What is left of the domains after all impossible patterns are struck out is sound,
so a puzzle in which every domain is left with one value is proven to have one solution.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, reduce
from itertools import permutations
from operator import or_

from palestra.verifiers.keyed_random import KeyedRandom


class LinePuzzle:
    """Domains of cells, narrowed by lines."""

    def __init__(self, num_cells: int, width: int) -> None:
        """With cells that may hold each of `width` values, and no lines yet."""
        self.domains = [(1 << width) - 1] * num_cells
        self._width = width
        self._cells: list[tuple[int, ...]] = []
        self._patterns: list[Sequence[int]] = []
        self._through: list[list[int]] = [[] for _ in range(num_cells)]
        self._pending: set[int] = set()

    def add(self, cells: tuple[int, ...], patterns: Sequence[int], *, is_news: bool = True) -> None:
        """Add a line; `is_news` is False where the patterns tell nothing until a domain is narrowed."""
        number = len(self._cells)
        self._cells.append(cells)
        self._patterns.append(patterns)
        for cell in cells:
            self._through[cell].append(number)
        if is_news:
            self._pending.add(number)

    def fix(self, cell: int, value: int) -> None:
        """Give a cell its value."""
        self.domains[cell] = 1 << value
        self._pending.update(self._through[cell])

    def is_open(self, cell: int) -> bool:
        """Whether a cell has more than one value left."""
        domain = self.domains[cell]
        return domain & (domain - 1) != 0

    def settle(self) -> None:
        """Strike out patterns and values until nothing changes; domains become 0 where there is no solution."""
        domains, pending = self.domains, self._pending
        full = (1 << self._width) - 1
        while pending:
            number = min(pending, key=self._cost)  # short lists first: they cost little and narrow the long ones
            pending.discard(number)
            cells = self._cells[number]
            allowed = self._allowed(cells)
            patterns = [pattern for pattern in self._patterns[number] if not pattern & ~allowed]
            self._patterns[number] = patterns
            union = reduce(or_, patterns, 0)
            if union == allowed:
                continue
            for cell in cells:
                if union & full != domains[cell]:
                    domains[cell] = union & full
                    pending.update(self._through[cell])
                union >>= self._width
            pending.discard(number)

    def would_narrow(self, cells: tuple[int, ...], patterns: Sequence[int]) -> bool:
        """Whether a line that is not in the puzzle would rule out a value now."""
        allowed = self._allowed(cells)
        return reduce(or_, (pattern for pattern in patterns if not pattern & ~allowed), 0) != allowed

    def _allowed(self, cells: tuple[int, ...]) -> int:
        """The domains of the cells side by side."""
        allowed = 0
        for cell in reversed(cells):
            allowed = allowed << self._width | self.domains[cell]
        return allowed

    def _cost(self, number: int) -> int:
        return len(self._patterns[number])

    def reveal(self, solution: Sequence[int], order: Iterable[int]) -> list[int]:
        """Give cells of the solution, in this order, where nothing else can be concluded; which ones were given."""
        given = []
        self.settle()
        for cell in order:
            if self.is_open(cell):
                given.append(cell)
                self.fix(cell, solution[cell])
                self.settle()
        return given


def pattern_of(values: Sequence[int], width: int) -> int:
    """The pattern of these values in a line."""
    return sum(1 << (width * i + value) for i, value in enumerate(values))


@cache
def permutation_patterns(size: int) -> tuple[int, ...]:
    """The patterns of all orders of 0..size-1."""
    return tuple(pattern_of(order, size) for order in permutations(range(size)))


@cache
def pairs(width: int, relation: str) -> tuple[int, ...]:
    """The patterns of two cells of which the first is `<` or `>` the second."""
    return tuple(
        pattern_of((a, b), width) for a in range(width) for b in range(width) if (a < b if relation == "<" else a > b)
    )


def rows_and_columns(size: int) -> list[tuple[int, ...]]:
    """The cells of the rows and then of the columns of a square."""
    rows = [tuple(range(i * size, (i + 1) * size)) for i in range(size)]
    return rows + [tuple(range(i, size * size, size)) for i in range(size)]


def latin_square(size: int, rng: KeyedRandom) -> tuple[int, ...]:
    """A square of 0..size-1 in which no row and no column repeats a value."""
    rows: list[int] = []
    patterns: Sequence[int] = permutation_patterns(size)
    for _ in range(size):
        row = rng.choice(patterns)  # there is always one: every Latin rectangle can be extended
        rows.append(row)
        patterns = [pattern for pattern in patterns if not pattern & row]
    full = (1 << size) - 1
    return tuple((row >> size * i & full).bit_length() - 1 for row in rows for i in range(size))
