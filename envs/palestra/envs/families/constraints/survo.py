"""Survo puzzles: the numbers from 1 on, each once, told by the sums of rows and columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.constraints.grid_question import GridPuzzle, GridQuestion, rows_of
from palestra.envs.family import Content
from palestra.envs.record import encode
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class SurvoConfig(FamilyConfig):
    """How large the tables are, and how much is missing."""

    num_rows: int = stages(2, 3, 3, 3, 4, choices=(2, 3, 4, 5))
    """Rows."""
    num_columns: int = stages(3, 3, 4, 4, 4, choices=(3, 4, 5))
    """Columns."""
    missing: int = ramp(2, 9, low=1, high=10)
    """Cells that are empty, at most; there are fewer where the solution would not be the only one."""


class Survo(GridQuestion[SurvoConfig, tuple[int, ...]]):
    """The key is the full table."""

    id: ClassVar[str] = "palestra/Survo-v1"
    Config: ClassVar[type[SurvoConfig]] = SurvoConfig
    templates = (
        "Fill in the dots so that every number from 1 to {count} occurs once. The last column has the sums of the "
        "rows, the last row those of the columns.\n{table}",
        "The table holds each number from 1 to {count} exactly once. Behind the bar stand the row sums, below it the "
        "column sums. Find the missing numbers.\n{table}",
        "Solve this survo puzzle with the numbers 1 to {count}, each used once; sums of rows are on the right, sums "
        "of columns at the bottom.\n{table}",
    )
    answer_format = "End your reply with the full table without the sums, one line for each row, separated by blanks."

    def draw(self, rng: KeyedRandom) -> tuple[int, ...]:
        """The numbers in random order, after the number of columns."""
        count = self.config.num_rows * self.config.num_columns
        return (self.config.num_columns, *rng.sample(range(1, count + 1), count))

    def build(self, key: tuple[int, ...], rng: KeyedRandom) -> Content:
        """Empty cells as long as there is one solution."""
        width, table = key[0], key[1:]
        order = rng.sample(range(len(table)), len(table))
        missing = sorted(order[: self.config.missing])
        while num_solutions(table, width, missing) > 1:
            missing.remove(order[len(missing) - 1])
        shown = [0 if cell in missing else value for cell, value in enumerate(table)]
        return Content(
            slots={"count": str(len(table)), "table": _table(shown, table, width)},
            reference=encode(GridPuzzle(solution=rows_of(table, width))),
            effort=len(missing),
            meta={"missing": len(missing)},
        )


def num_solutions(table: Sequence[int], width: int, missing: Sequence[int], limit: int = 2) -> int:
    """How many ways there are to fill the missing cells with their numbers, counted up to `limit`.

    Cells are filled in order; the last one of a row or column has the number that its sum leaves.
    """
    left = {("row", cell // width): 0 for cell in missing} | {("column", cell % width): 0 for cell in missing}
    for cell in missing:
        left["row", cell // width] += table[cell]
        left["column", cell % width] += table[cell]
    ends = [
        (
            cell // width not in {c // width for c in missing[i + 1 :]},
            cell % width not in {c % width for c in missing[i + 1 :]},
        )
        for i, cell in enumerate(missing)
    ]
    free = sorted(table[cell] for cell in missing)
    found = 0

    def fill(place: int) -> None:
        nonlocal found
        if place == len(missing):
            found += 1
            return
        row, column = ("row", missing[place] // width), ("column", missing[place] % width)
        ends_row, ends_column = ends[place]
        choices = [left[row]] if ends_row else [left[column]] if ends_column else free
        for number in list(choices):
            rest = left[row] - number, left[column] - number
            if number not in free or min(rest) < 0 or (ends_row and rest[0]) or (ends_column and rest[1]):
                continue
            if (not ends_row and not rest[0]) or (not ends_column and not rest[1]):
                continue
            free.remove(number)
            left[row], left[column] = rest
            fill(place + 1)
            left[row], left[column] = rest[0] + number, rest[1] + number
            free.append(number)
            if found >= limit:
                return

    fill(0)
    return found


def _table(shown: Sequence[int], table: Sequence[int], width: int) -> str:
    lines = [
        f"{' '.join(str(value or '.') for value in shown[i : i + width])} | {sum(table[i : i + width])}"
        for i in range(0, len(table), width)
    ]
    return "\n".join([*lines, " ".join(str(sum(table[column::width])) for column in range(width))])
