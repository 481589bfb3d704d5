"""KenKen: a Latin square told by the arithmetic of its cages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.constraints.grid_question import GridPuzzle, GridQuestion, rows_of
from palestra.envs.families.constraints.lines import (
    LinePuzzle,
    latin_square,
    pattern_of,
    permutation_patterns,
    rows_and_columns,
)
from palestra.envs.family import Content
from palestra.envs.record import encode
from palestra.verifiers.keyed_random import KeyedRandom

_ROW_NAMES = "abcdef"


@dataclass(frozen=True, kw_only=True, slots=True)
class KenKenConfig(FamilyConfig):
    """How large the squares and cages are."""

    size: int = stages(4, 4, 5, 5, 6, 6, choices=(4, 5, 6))
    """Rows and columns, and the greatest number."""
    shown: int = ramp(60, 0, low=0, high=90)
    """Per cent of the numbers that are told from the start."""
    max_cage: int = ramp(2, 3, low=2, high=4)
    """Cells of the largest cages."""
    operators: str = stages("+", "+-", "+-x", "+-x/", choices=("+", "+-", "+x", "+-x", "+-x/"))
    """Which arithmetic occurs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cage:
    """Cells whose numbers give the target."""

    cells: tuple[int, ...]
    operator: str
    target: int


@dataclass(frozen=True, kw_only=True, slots=True)
class KenKenKey:
    """A Latin square of numbers from 1, cut into cages."""

    square: tuple[int, ...]
    cages: tuple[Cage, ...]


class KenKen(GridQuestion[KenKenConfig, KenKenKey]):
    """Single cells are told where the cages leave them open."""

    id: ClassVar[str] = "palestra/KenKen-v1"
    Config: ClassVar[type[KenKenConfig]] = KenKenConfig
    templates = (
        "Fill a {size} x {size} square with the numbers 1 to {size}, each once in every row and column. Rows are "
        "{letters}, columns 1 to {size}; `b3` is row b, column 3. These cages give these results:\n{cages}{rule}",
        "Solve this cage puzzle: a Latin square of the numbers 1 to {size} (rows {letters}, columns 1 to {size}, so "
        "that a2 is the second cell of the top row), in which these calculations hold:\n{cages}{rule}",
        "Each row ({letters}) and each column (1 to {size}) of a square contains every number from 1 to {size} once. "
        "What is the square, if\n{cages}{rule}",
    )
    answer_format = "End your reply with the square, one line for each row from a on, numbers separated by blanks."

    def draw(self, rng: KeyedRandom) -> KenKenKey:
        """A Latin square and cages."""
        config = self.config
        square = tuple(value + 1 for value in latin_square(config.size, rng))
        cages = []
        for cells in _cut(config.size, config.max_cage, rng):
            operator = _operator([square[cell] for cell in cells], config.operators, rng)
            cages.append(Cage(cells=cells, operator=operator, target=_result(operator, [square[c] for c in cells])))
        return KenKenKey(square=square, cages=tuple(cages))

    def canonical(self, key: KenKenKey) -> str:
        """The cages as they are shown."""
        return ";".join(f"{cage.cells}{cage.operator}{cage.target}" for cage in key.cages)

    def build(self, key: KenKenKey, rng: KeyedRandom) -> Content:
        """Tell the cages, and the cells that cannot be concluded from them."""
        size = self.config.size
        puzzle = LinePuzzle(size * size, size)
        for line in rows_and_columns(size):
            puzzle.add(line, permutation_patterns(size), is_news=False)
        for cage in key.cages:
            puzzle.add(cage.cells, _cage_patterns(size, _conflicts(cage.cells, size), cage.operator)[cage.target])
        order = rng.sample(range(size * size), size * size)
        shown = order[: size * size * self.config.shown // 100]
        for cell in shown:
            puzzle.fix(cell, key.square[cell] - 1)
        given = shown + puzzle.reveal([value - 1 for value in key.square], order)
        told = [_shown(cage, size) for cage in key.cages if not set(cage.cells) <= set(given)]
        told += [f"{_name(cell, size)} = {key.square[cell]}" for cell in sorted(given)]
        is_ordered = any(cage.operator in "-/" for cage in key.cages)
        return Content(
            slots={
                "size": str(size),
                "letters": f"a to {_ROW_NAMES[size - 1]}",
                "cages": "\n".join(told),
                "rule": "\nWith - and / the larger number comes first, in whichever cell it is." if is_ordered else "",
            },
            reference=encode(GridPuzzle(solution=rows_of(key.square, size))),
            effort=size * size - len(given),
            meta={"size": size},
        )


def _cut(size: int, max_cage: int, rng: KeyedRandom) -> list[tuple[int, ...]]:
    """Cages that cover the square."""
    free = [True] * (size * size)
    cages = []
    for start in range(size * size):
        if not free[start]:
            continue
        cage = [start]
        free[start] = False
        wanted = rng.between(2, max_cage)
        while len(cage) < wanted:
            edge = [cell for end in cage for cell in _neighbours(end, size) if free[cell]]
            if not edge:
                break
            cage.append(rng.choice(edge))
            free[cage[-1]] = False
        cages.append(tuple(sorted(cage)))
    return cages


@cache
def _neighbours(cell: int, size: int) -> tuple[int, ...]:
    row, column = divmod(cell, size)
    near = ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1))
    return tuple(i * size + j for i, j in near if 0 <= i < size and 0 <= j < size)


def _operator(values: Sequence[int], allowed: str, rng: KeyedRandom) -> str:
    if len(values) == 1:
        return "="
    fits = [operator for operator in allowed if operator in "+x" or len(values) == 2]
    if max(values) % min(values) and "/" in fits:
        fits.remove("/")
    return rng.choice(fits)


def _result(operator: str, values: Sequence[int]) -> int:
    if operator in "-/":
        low, high = sorted(values)
        return high - low if operator == "-" else high // low if high % low == 0 else 0
    return math.prod(values) if operator == "x" else sum(values)


def _conflicts(cells: tuple[int, ...], size: int) -> tuple[tuple[int, int], ...]:
    """The pairs of positions in a cage that share a row or a column."""
    return tuple(
        (i, j)
        for j, b in enumerate(cells)
        for i, a in enumerate(cells[:j])
        if a // size == b // size or a % size == b % size
    )


@cache
def _cage_patterns(size: int, conflicts: tuple[tuple[int, int], ...], operator: str) -> dict[int, list[int]]:
    """The patterns of a cage for each target; a cage of n connected cells has at least n - 1 conflicts."""
    num_cells = max((j for _, j in conflicts), default=0) + 1
    patterns: dict[int, list[int]] = {}
    for values in product(range(size), repeat=num_cells):
        if all(values[i] != values[j] for i, j in conflicts):
            target = _result(operator, [value + 1 for value in values])
            patterns.setdefault(target, []).append(pattern_of(values, size))
    return patterns


def _name(cell: int, size: int) -> str:
    return f"{_ROW_NAMES[cell // size]}{cell % size + 1}"


def _shown(cage: Cage, size: int) -> str:
    operator = " / " if cage.operator == "/" else f" {cage.operator} "
    return f"{operator.join(_name(cell, size) for cell in cage.cells)} = {cage.target}"
