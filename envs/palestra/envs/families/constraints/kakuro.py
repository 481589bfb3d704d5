"""Kakuro: digits that do not repeat in a run, told by the sums of the runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import permutations
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.constraints.grid_question import GridPuzzle, GridQuestion, grid_text, oriented, rows_of
from palestra.envs.families.constraints.lines import LinePuzzle, pattern_of, rows_and_columns
from palestra.envs.family import Content
from palestra.envs.record import encode
from palestra.verifiers.keyed_random import KeyedRandom

_ALPHABET = ("#", *"123456789")
_MAX_RUN = 4
_BLACK = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class KakuroConfig(FamilyConfig):
    """How large the squares are."""

    size: int = ramp(2, 6, low=2, high=7)
    """Rows and columns."""
    black: int = stages(0, 10, 15, 20, choices=tuple(range(41)))
    """Per cent of the cells that are black from the start; runs of more than 4 cells are cut by more."""


class Kakuro(GridQuestion[KakuroConfig, tuple[int, ...]]):
    """The key is the full square, 0 for black; some digits are told where the sums leave them open."""

    id: ClassVar[str] = "palestra/Kakuro-v1"
    Config: ClassVar[type[KakuroConfig]] = KakuroConfig
    templates = (
        "Put digits 1 to 9 for the dots. The digits of a run (neighbouring cells of a line, up to a `#` or the edge) "
        "are all different, and add up as told.\n{square}\n{sums}",
        "Solve this kakuro. `#` cells are black; no digit from 1 to 9 repeats within a run of white cells.\n"
        "{square}\nSums of the runs:\n{sums}",
        "Every `.` is a digit from 1 to 9. Between black cells (`#`) and edges, the digits of a row piece or column "
        "piece differ from each other and have the given sum.\n{square}\n{sums}",
    )
    answer_format = "End your reply with the full square, one line for each row, cells separated by blanks, `#` kept."

    def draw(self, rng: KeyedRandom) -> tuple[int, ...]:
        """Black cells, and digits that do not repeat in their runs."""
        size = self.config.size
        is_white = [rng.below(100) >= self.config.black for _ in range(size * size)]
        for line in rows_and_columns(size):
            for place in range(_MAX_RUN, size):
                window = line[place - _MAX_RUN : place + 1]
                if all(is_white[cell] for cell in window):
                    is_white[window[1 + rng.below(_MAX_RUN - 1)]] = False
        runs = _runs(is_white, size)
        inside = {cell for run in runs for cell in run}
        square = [_BLACK] * (size * size)
        for cell in sorted(inside):
            used = {square[other] for run in runs if cell in run for other in run}
            square[cell] = rng.choice([digit for digit in range(1, 10) if digit not in used])
        return tuple(square)

    def canonical(self, key: tuple[int, ...]) -> str:
        """The square, in one of its eight positions."""
        return repr(oriented(key))

    def build(self, key: tuple[int, ...], rng: KeyedRandom) -> Content | None:
        """Tell the sums, and the digits that cannot be concluded from them."""
        size = self.config.size
        puzzle = LinePuzzle(size * size, 9)
        runs = _runs([value != _BLACK for value in key], size)
        if len(runs) < size:
            return None
        for run in runs:
            puzzle.add(run, _patterns(len(run))[sum(key[cell] for cell in run)])
        white = [cell for cell, value in enumerate(key) if value != _BLACK]
        given = set(puzzle.reveal([value - 1 for value in key], rng.sample(white, len(white))))
        shown = [value if value == _BLACK or cell in given else -1 for cell, value in enumerate(key)]
        return Content(
            slots={"square": grid_text(rows_of(shown, size), _ALPHABET), "sums": _sums(runs, key, size)},
            reference=encode(GridPuzzle(solution=rows_of(key, size), alphabet=_ALPHABET)),
            effort=len(white),
            meta={"size": size, "runs": len(runs)},
        )


def _runs(is_white: Sequence[bool], size: int) -> list[tuple[int, ...]]:
    """The runs of two or more white cells, rows first."""
    runs = []
    for line in rows_and_columns(size):
        run: list[int] = []
        for cell in (*line, -1):
            if cell >= 0 and is_white[cell]:
                run.append(cell)
            else:
                if len(run) > 1:
                    runs.append(tuple(run))
                run = []
    return runs


@cache
def _patterns(length: int) -> dict[int, list[int]]:
    patterns: dict[int, list[int]] = {}
    for digits in permutations(range(9), length):
        patterns.setdefault(sum(digits) + length, []).append(pattern_of(digits, 9))
    return patterns


def _sums(runs: list[tuple[int, ...]], key: Sequence[int], size: int) -> str:
    told: dict[str, list[str]] = {}
    for run in runs:
        first, last = run[0], run[-1]
        total = sum(key[cell] for cell in run)
        if last - first < size:
            line, part = f"row {first // size + 1}", f"columns {first % size + 1}-{last % size + 1}"
        else:
            line, part = f"column {first % size + 1}", f"rows {first // size + 1}-{last // size + 1}"
        told.setdefault(line, []).append(f"{part} = {total}")
    return "\n".join(f"{line}: {', '.join(parts)}" for line, parts in told.items())
