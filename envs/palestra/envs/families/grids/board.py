"""Boards of cells as bit masks: a cell is a bit, and the bit behind each row stays empty, so that shifts never wrap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from palestra.verifiers.keyed_random import KeyedRandom

MOVES = {"U": (-1, 0), "D": (1, 0), "L": (0, -1), "R": (0, 1)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Board:
    """Height and width of a board; cell (row, column), from 0, is bit `row * (width + 1) + column`."""

    height: int
    width: int

    @classmethod
    def square(cls, size: int) -> Self:
        """A board as high as it is wide."""
        return cls(height=size, width=size)

    @property
    def everything(self) -> int:
        """All cells."""
        row, stride = (1 << self.width) - 1, self.width + 1
        return sum(row << stride * i for i in range(self.height))

    def bit(self, row: int, column: int) -> int:
        """The mask of a cell."""
        return 1 << row * (self.width + 1) + column

    def place(self, mask: int) -> tuple[int, int]:
        """Row and column of the first cell of a mask."""
        return divmod((mask & -mask).bit_length() - 1, self.width + 1)

    def beside(self, mask: int) -> int:
        """The cells beside those of the mask, up, down, left and right; bits outside of the board, too."""
        stride = self.width + 1
        return mask << 1 | mask >> 1 | mask << stride | mask >> stride

    def draw_cell(self, rng: KeyedRandom) -> int:
        """The mask of a random cell."""
        row, column = divmod(rng.below(self.height * self.width), self.width)
        return self.bit(row, column)

    def draw_cells(self, eighths: int, rng: KeyedRandom) -> int:
        """Each cell with a probability of so many eighths, 1..7."""
        size = (self.height * (self.width + 1) + 63) // 64
        low, middle, high = (sum(rng.word() << 64 * i for i in range(size)) for _ in range(3))
        mask = 0
        for bits, is_set in ((low, eighths & 1), (middle, eighths & 2), (high, eighths & 4)):
            mask = mask | bits if is_set else mask & bits  # share / 2, or 1/2 + share / 2
        return mask & self.everything

    def layers(self, start: int, free: int) -> list[int]:
        """The cells 0, 1, 2, ... steps away from the start, over free cells."""
        layers, unseen = [start], free & ~start
        while fresh := self.beside(layers[-1]) & unseen:
            layers.append(fresh)
            unseen &= ~fresh
        return layers

    def pieces(self, mask: int) -> list[int]:
        """The connected pieces of a mask, in reading order of their first cells."""
        pieces = []
        while mask:
            piece = sum(self.layers(mask & -mask, mask))
            pieces.append(piece)
            mask &= ~piece
        return pieces

    def way(self, layers: list[int], goal: int) -> str:
        """Shortest moves, such as `RRD`, from the start of the layers to a cell of the last one."""
        row, column = self.place(goal)
        moves = []
        for layer in reversed(layers[:-1]):
            for move, (down, right) in MOVES.items():
                there = (row - down, column - right)
                if 0 <= there[0] < self.height and 0 <= there[1] < self.width and self.bit(*there) & layer:
                    row, column = there
                    moves.append(move)
                    break
        return "".join(reversed(moves))

    def rows(self, marks: Mapping[str, int], *, blank: str = ".") -> tuple[str, ...]:
        """The board as text, one character for each cell: that of the last mask that holds it."""
        grid = [[blank] * self.width for _ in range(self.height)]
        for character, mask in marks.items():
            while mask:
                row, column = self.place(mask)
                grid[row][column] = character
                mask &= mask - 1
        return tuple("".join(row) for row in grid)


def show(rows: tuple[str, ...]) -> str:
    """The rows for a prompt: cells separated by blanks, so that each is a token of its own."""
    return "\n".join(" ".join(row) for row in rows)
