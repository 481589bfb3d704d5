"""Grids of coloured cells: find the transformation, and apply it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

from palestra.envs.answers import RowsAnswer
from palestra.envs.config import ramp, stages
from palestra.envs.families.induction import grids
from palestra.envs.families.induction.colours import COLOURS, exchange
from palestra.envs.families.induction.grammar import Grammar, Operation, reversible
from palestra.envs.families.induction.grids import Grid
from palestra.envs.families.induction.rule_question import RuleConfig, RuleQuestion
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_TURN: tuple[Operation[Grid], ...] = (
    Operation("quarter-turn", grids.turned),
    Operation("half-turn", lambda grid: grids.flipped(grid)[::-1]),
    Operation("quarter-turn-back", lambda grid: grids.transposed(grid)[::-1]),
    Operation("flip-left-right", grids.flipped),
    Operation("flip-up-down", lambda grid: grid[::-1]),
    Operation("transpose", grids.transposed),
)
_CONTENT: tuple[Operation[Grid], ...] = (
    Operation("fall-left", grids.fallen_left),
    Operation("fall-right", grids.fallen_right),
    Operation("fall-down", grids.fallen_down),
    Operation("fall-up", grids.fallen_up),
    Operation("crop", grids.cropped),
    Operation("fill-holes", grids.with_filled_holes),
    Operation("most-common-colour", grids.with_most_common),
    Operation("symmetry-left-right", grids.symmetric),
    Operation("symmetry-up-down", lambda grid: grids.transposed(grids.symmetric(grids.transposed(grid)))),
    Operation("rays-right", grids.with_rays),
    Operation("rays-down", lambda grid: grids.transposed(grids.with_rays(grids.transposed(grid)))),
    Operation("drop-single-cells", grids.without_single_cells),
)


def _swap(one: str, other: str) -> Operation[Grid]:
    swapped = exchange(one, other)

    def apply(grid: Grid) -> Grid:
        return tuple(map(swapped, grid))

    return Operation(f"swap-{one}-{other}", apply, apply)


def _left_half(grid: Grid) -> Grid:
    return tuple(row[: len(row) // 2] for row in grid)


def _upper_half(grid: Grid) -> Grid:
    return grid[: len(grid) // 2]


_LAYOUT: tuple[Operation[Grid], ...] = (
    reversible("twice-across", grids.beside_itself, _left_half),
    reversible("twice-down", lambda grid: grid + grid, _upper_half),
    reversible("mirror-across", grids.beside_its_mirror_image, _left_half),
    reversible("mirror-down", lambda grid: grid + grid[::-1], _upper_half),
    reversible("enlarge", grids.enlarged, lambda grid: tuple(row[::2] for row in grid[::2])),
    reversible("frame", grids.framed, lambda grid: tuple(row[1:-1] for row in grid[1:-1])),
)


_CELLS_OF_WORD = 16
_HEX_TO_CELL = str.maketrans("0123456789abcdef", "00000000" + 2 * COLOURS)


@dataclass(frozen=True, kw_only=True, slots=True)
class ArcGridConfig(RuleConfig):
    """Which transformations are asked."""

    num_operations: int = stages(1, 1, 2, 2, 3, 4, choices=(1, 2, 3, 4))
    """How many operations make the rule, 1..4."""
    num_examples: int = stages(2, 3, choices=tuple(range(1, 9)))
    """How many grids are shown with their results, 1..8."""
    size: int = ramp(3, 6, low=2, high=12)
    """Largest number of rows and of columns, 2..12; the smallest is 1 less."""


class ArcGrid(RuleQuestion[ArcGridConfig, Grid]):
    """Transformations that turn a grid, change its content, exchange colours, and lay it out."""

    id: ClassVar[str] = "palestra/ArcGrid-v1"
    Config: ClassVar[type[ArcGridConfig]] = ArcGridConfig
    templates = (
        "One rule turns each input grid into its output grid; 0 is blank.\n{examples}\nApply it to\n{query}",
        "Digits are colours, and 0 is an empty cell. Find the rule that makes the outputs.\n{examples}\n"
        "What is the output for this input?\n{query}",
        "{examples}\nAll of these follow one rule. Give the output grid for\n{query}",
    )
    answer_format = "Reply with the output grid alone: one line for each row, digits separated by blanks."
    verifier = RowsAnswer()
    grammar = Grammar(_TURN, _CONTENT, tuple(_swap(a, b) for a, b in combinations(COLOURS, 2)), _LAYOUT)

    def sample(self, rng: KeyedRandom) -> Grid:
        """Coloured cells here and there."""
        size = self.config.size
        height, width = rng.between(size - 1, size), rng.between(size - 1, size)
        num_words = (height * width + _CELLS_OF_WORD - 1) // _CELLS_OF_WORD
        cells = "".join(f"{rng.word():016x}" for _ in range(num_words)).translate(_HEX_TO_CELL)
        return tuple(cells[i * width : (i + 1) * width] for i in range(height))

    def show(self, value: Grid) -> str:
        """One line for each row, with blanks between the cells."""
        return "\n".join(map(" ".join, value))

    def reference(self, value: Grid) -> str:
        """As it is shown."""
        return self.show(value)

    def example(self, given: str, result: str) -> str:
        """Both grids under their names."""
        return f"Input:\n{given}\nOutput:\n{result}"

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Another grid."""
        return self.show(self.sample(rng))
