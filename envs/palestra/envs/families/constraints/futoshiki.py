"""Futoshiki: a Latin square told by signs between neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import ramp
from palestra.envs.families.constraints.latin_question import LatinConfig, LatinQuestion, told_numbers
from palestra.envs.families.constraints.lines import LinePuzzle, pairs, permutation_patterns, rows_and_columns
from palestra.envs.family import Content
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class FutoshikiConfig(LatinConfig):
    """How large the squares are, and what is told."""

    shown: int = ramp(60, 4, low=0, high=90)
    """Per cent of the numbers that are told from the start."""
    signs: int = ramp(60, 30, low=0, high=100)
    """Per cent of the signs that are told from the start."""


class Futoshiki(LatinQuestion[FutoshikiConfig]):
    """The key is the square; signs and then numbers are told until one solution is left."""

    id: ClassVar[str] = "palestra/Futoshiki-v1"
    Config: ClassVar[type[FutoshikiConfig]] = FutoshikiConfig
    templates = (
        "Complete the square so that each row and column has every number from 1 to {size} once and all signs hold: "
        "`<` and `>` between neighbours in a row; `^` means that the number above is smaller than the one below, `v` "
        "that it is larger.\n{square}",
        "Solve this Futoshiki with the numbers 1 to {size}, each once in every row and column. Between cells, `<` and "
        "`>` compare left and right; `^` says that the upper cell is smaller than the lower one, `v` that it is "
        "larger.\n{square}",
        "Put the numbers 1 to {size} into every row and every column, each once. The signs `<` and `>` compare the "
        "cells beside them; `^` (upper less than lower) and `v` (upper greater than lower) those above and below.\n"
        "{square}",
    )
    answer_format = "End your reply with the full square, one line for each row, numbers separated by blanks, no signs."

    def build(self, key: tuple[int, ...], rng: KeyedRandom) -> Content:
        """Tell signs and numbers."""
        config, size = self.config, self.config.size
        puzzle = LinePuzzle(size * size, size)
        for line in rows_and_columns(size):
            puzzle.add(line, permutation_patterns(size), is_news=False)
        order, shown = self.show_some(puzzle, key, rng)
        places = [(cell, cell + 1) for cell in range(size * size) if (cell + 1) % size]
        places += [(cell, cell + size) for cell in range(size * size - size)]
        rng.shuffle(places)
        signs = _tell_signs(puzzle, key, places, len(places) * config.signs // 100)
        given = {*shown, *puzzle.reveal(key, order)}
        return self.content(key, given, "square", _square(told_numbers(key, given), signs))


def _tell_signs(
    puzzle: LinePuzzle, key: tuple[int, ...], places: list[tuple[int, int]], count: int
) -> dict[tuple[int, int], str]:
    """The first `count` signs, and more of those that tell something while cells are open."""
    size = round(len(key) ** 0.5)
    signs = {}
    for number, (a, b) in enumerate(places):
        if number >= count and not (number - count) % 3:
            puzzle.settle()
        if number < count or (puzzle.is_open(a) and puzzle.is_open(b)):
            signs[a, b] = "<" if key[a] < key[b] else ">"
            puzzle.add((a, b), pairs(size, signs[a, b]))
    return signs


def _square(numbers: list[int], signs: dict[tuple[int, int], str]) -> str:
    size = round(len(numbers) ** 0.5)
    lines = []
    for row in range(0, size * size, size):
        cells = range(row, row + size)
        lines.append("".join(f"{numbers[c] or '.'} {signs.get((c, c + 1), ' ')} " for c in cells).rstrip())
        lines.append("   ".join({"<": "^", ">": "v"}.get(signs.get((c, c + size), ""), " ") for c in cells).rstrip())
    return "\n".join(lines[:-1])
