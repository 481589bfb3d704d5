"""Skyscrapers: heights in a Latin square, told by how many are seen from the edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import permutations
from typing import ClassVar

from palestra.envs.config import ramp
from palestra.envs.families.constraints.grid_question import grid_text
from palestra.envs.families.constraints.latin_question import LatinConfig, LatinQuestion, told_numbers
from palestra.envs.families.constraints.lines import LinePuzzle, permutation_patterns, rows_and_columns
from palestra.envs.family import Content
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class SkyscrapersConfig(LatinConfig):
    """How large the cities are, and what is told."""

    shown: int = ramp(60, 0, low=0, high=90)
    """Per cent of the heights that are told."""
    hidden: int = ramp(0, 30, low=0, high=100)
    """Per cent of the views that are not told."""


class Skyscrapers(LatinQuestion[SkyscrapersConfig]):
    """The key is the city; some heights are told where the views leave them open."""

    id: ClassVar[str] = "palestra/Skyscrapers-v1"
    Config: ClassVar[type[SkyscrapersConfig]] = SkyscrapersConfig
    templates = (
        "Fill a {size} x {size} square with heights 1 to {size}, each once in every row and column. The numbers "
        "around it say how many buildings are seen from there: a building hides all lower ones behind it; `.` is not "
        "told.\n{city}",
        "A city has {size} x {size} buildings; every row and every column holds the heights 1 to {size} once. A number "
        "at the edge counts the buildings that are visible when looking in from it, where lower ones stand hidden "
        "behind higher ones; `.` is not known.\n{city}\nFind the heights.",
        "Skyscrapers: each row and column of the {size} x {size} city has every height from 1 to {size}. Edge numbers "
        "tell how many buildings can be seen along the line (taller ones block lower ones behind); dots are unknown."
        "\n{city}",
    )
    answer_format = "End your reply with all heights inside the edge, one line for each row, separated by blanks."

    def build(self, key: tuple[int, ...], rng: KeyedRandom) -> Content:
        """Tell views, and the heights that cannot be concluded from them."""
        config, size = self.config, self.config.size
        puzzle = LinePuzzle(size * size, size)
        ends: list[tuple[int, int]] = []
        for line in rows_and_columns(size):
            heights = [key[cell] for cell in line]
            near, far = (visible(view) if rng.below(100) >= config.hidden else 0 for view in (heights, heights[::-1]))
            ends.append((near, far))
            puzzle.add(line, _patterns(size)[near, far])
        order, shown = self.show_some(puzzle, key, rng)
        given = {*shown, *puzzle.reveal(key, order)}
        return self.content(key, given, "city", _city(ends, told_numbers(key, given)))


def visible(heights: Sequence[int]) -> int:
    """How many buildings of a line are seen from its start."""
    return sum(height > max(heights[:i], default=-1) for i, height in enumerate(heights))


@cache
def _patterns(size: int) -> dict[tuple[int, int], list[int]]:
    """The patterns of each pair of views; 0 stands for a view that is not told."""
    patterns: dict[tuple[int, int], list[int]] = {}
    for heights, pattern in zip(permutations(range(size)), permutation_patterns(size), strict=True):
        near, far = visible(heights), visible(heights[::-1])
        for views in ((near, far), (near, 0), (0, far), (0, 0)):
            patterns.setdefault(views, []).append(pattern)
    return patterns


def _city(ends: list[tuple[int, int]], heights: list[int]) -> str:
    size = len(ends) // 2
    rows = [[near, *heights[i * size : (i + 1) * size], far] for i, (near, far) in enumerate(ends[:size])]
    top, bottom = ([0, *(end[side] for end in ends[size:]), 0] for side in (0, 1))
    lines = [_edged([cell or -1 for cell in row]) for row in (top, *rows, bottom)]
    return "\n".join(lines)


def _edged(row: list[int]) -> str:
    """A line of the city, with bars between the edge and the buildings."""
    left, inside, right = grid_text([row[:1]]), grid_text([row[1:-1]]), grid_text([row[-1:]])
    return f"{left} | {inside} | {right}"
