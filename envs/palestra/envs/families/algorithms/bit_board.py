"""Boards of bits in one integer: fast steps of cellular automata and floods."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class BitBoard:
    """The shape of a board. Cell (row, column) is bit `row * (num_columns + 1) + column`.

    The last bit of each row is a border that stays empty, so that shifts never wrap around.
    """

    num_rows: int
    num_columns: int

    @property
    def stride(self) -> int:
        """Bits from one row to the next."""
        return self.num_columns + 1

    @property
    def mask(self) -> int:
        """All cells."""
        return _mask(self.num_rows, self.num_columns)

    def packed(self, cells: str, mark: str) -> int:
        """The bits of the cells (row by row) that show the mark."""
        width, bits = self.num_columns, 0
        for row in range(self.num_rows):
            line = cells[row * width : (row + 1) * width]
            bits |= sum(1 << column for column, cell in enumerate(line) if cell == mark) << row * self.stride
        return bits

    def has(self, bits: int, row: int, column: int) -> bool:
        """Whether the cell is set."""
        return bool(bits >> (row * self.stride + column) & 1)

    def next_generation(self, live: int) -> int:
        """One generation of Conway's game of life; outside of the board all is dead."""
        ones = twos = fours = 0  # the count of live neighbours of every cell at once, bit by bit
        for shift in (1, self.stride - 1, self.stride, self.stride + 1):
            for moved in (live << shift, live >> shift):
                carry = ones & moved
                ones ^= moved
                fours |= twos & carry
                twos ^= carry
        return self.mask & twos & ~fours & (ones | live)

    def neighbours(self, cells: int) -> int:
        """The cells above, below, left and right of the given ones."""
        shifted = cells << 1 | cells >> 1 | cells << self.stride | cells >> self.stride
        return shifted & self.mask


@cache
def _mask(num_rows: int, num_columns: int) -> int:
    return sum(((1 << num_columns) - 1) << row * (num_columns + 1) for row in range(num_rows))
