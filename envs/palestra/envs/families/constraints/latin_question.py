"""Puzzles whose solution is a Latin square."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeVar

from palestra.envs.config import FamilyConfig, stages
from palestra.envs.families.constraints.grid_question import GridPuzzle, GridQuestion, oriented, rows_of
from palestra.envs.families.constraints.lines import LinePuzzle, latin_square
from palestra.envs.family import Content
from palestra.envs.record import encode
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class LatinConfig(FamilyConfig):
    """How large the squares are, and how many numbers are told."""

    size: int = stages(4, 4, 5, 5, 6, 6, choices=(4, 5, 6))
    """Rows and columns, and the greatest number."""
    shown: int
    """Per cent of the numbers that are told from the start; each family declares its own range."""


LatinConfigT = TypeVar("LatinConfigT", bound=LatinConfig)


class LatinQuestion(GridQuestion[LatinConfigT, tuple[int, ...]]):
    """The key is the square, of 0..size-1; a subclass tells of it until one solution is left."""

    def draw(self, rng: KeyedRandom) -> tuple[int, ...]:
        """A Latin square."""
        return latin_square(self.config.size, rng)

    def canonical(self, key: tuple[int, ...]) -> str:
        """The square, in one of its eight positions."""
        return repr(oriented(key))

    def show_some(self, puzzle: LinePuzzle, key: tuple[int, ...], rng: KeyedRandom) -> tuple[list[int], list[int]]:
        """Tell as many numbers as are shown from the start: all cells in random order, and the first ones, told."""
        num_cells = len(key)
        order = rng.sample(range(num_cells), num_cells)
        shown = order[: num_cells * self.config.shown // 100]
        for cell in shown:
            puzzle.fix(cell, key[cell])
        return order, shown

    def content(self, key: tuple[int, ...], given: Collection[int], slot: str, text: str) -> Content:
        """The task in which these cells are told; `text` shows them, and what else is told, in the slot."""
        size = self.config.size
        return Content(
            slots={"size": str(size), slot: text},
            reference=encode(GridPuzzle(solution=rows_of([value + 1 for value in key], size))),
            effort=len(key) - len(given),
            meta={"size": size},
        )


def told_numbers(key: tuple[int, ...], given: Collection[int]) -> list[int]:
    """The numbers 1..size of the cells that are told, 0 elsewhere."""
    return [value + 1 if cell in given else 0 for cell, value in enumerate(key)]
