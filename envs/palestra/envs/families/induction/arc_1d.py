"""Rows of coloured cells: find the transformation, and apply it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer
from palestra.envs.config import ramp
from palestra.envs.families.induction.colours import COLOUR_SWAPS, COLOURS
from palestra.envs.families.induction.grammar import Grammar, Operation
from palestra.envs.families.induction.rule_question import RuleConfig, RuleQuestion
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_GAP = re.compile(r"(?<=[1-9])0+(?=[1-9])")
_LONG_RUN = re.compile(r"([1-9])\1+\1")
_SINGLE = re.compile(r"([1-9])\1*")


def _shift(row: str, by: int) -> str | None:
    """So many cells further; None where a coloured cell would fall off."""
    blank = "0" * abs(by)
    if by > 0:
        return blank + row[:-by] if row.endswith(blank) else None
    return row[-by:] + blank if row.startswith(blank) else None


def _runs(row: str) -> list[str]:
    return ["".join(group) for _, group in groupby(row)]


def _fallen(row: str) -> str:
    coloured = row.replace("0", "")
    return coloured + "0" * (len(row) - len(coloured))


def _kept_longest(row: str) -> str | None:
    """Only the longest run; None where two are longest."""
    runs = _runs(row)
    lengths = sorted((len(run) for run in runs if run[0] != "0"), reverse=True)
    if not lengths or lengths[:2] == [lengths[0]] * 2:
        return None
    return "".join(run if len(run) == lengths[0] and run[0] != "0" else "0" * len(run) for run in runs)


def _thicker(row: str) -> str:
    """Each blank cell next to a colour on its left takes it, else the one on its right."""
    padded = f"0{row}0"
    return "".join(
        cell if cell != "0" else padded[i] if padded[i] != "0" else padded[i + 2] for i, cell in enumerate(row)
    )


_MOVE: tuple[Operation[str], ...] = (
    *(Operation(f"shift-{by}", lambda row, by=by: _shift(row, by)) for by in (1, 2, 3, -1, -2, -3)),  # type: ignore[misc]
    Operation("fall-left", _fallen),
    Operation("fall-right", lambda row: _fallen(row[::-1])[::-1]),
    Operation("mirror", lambda row: row[::-1]),
    Operation("swap-halves", lambda row: row[len(row) // 2 :] + row[: len(row) // 2] if len(row) % 2 == 0 else None),
)
_SHAPE: tuple[Operation[str], ...] = (
    Operation("fill-gaps-from-left", lambda row: _GAP.sub(lambda gap: row[gap.start() - 1] * len(gap[0]), row)),
    Operation("fill-gaps-from-right", lambda row: _GAP.sub(lambda gap: row[gap.end()] * len(gap[0]), row)),
    Operation("hollow", lambda row: _LONG_RUN.sub(lambda run: run[1] + "0" * (len(run[0]) - 2) + run[1], row)),
    Operation("drop-single-cells", lambda row: _SINGLE.sub(lambda run: run[0] if len(run[0]) > 1 else "0", row)),
    Operation("keep-longest", _kept_longest),
    Operation("thicken", _thicker),
    Operation("first-cells", lambda row: _SINGLE.sub(lambda run: run[1] + "0" * (len(run[0]) - 1), row)),
    Operation("mark-first-cells", lambda row: _SINGLE.sub(lambda run: "5" + run[0][1:], row)),
    Operation("swap-colour-and-blank", lambda row: "".join("5" if cell == "0" else "0" for cell in row)),
    Operation("extend-to-the-right-end", lambda row: re.sub(r"([1-9])(0+)$", lambda m: m[1] * (len(m[2]) + 1), row)),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Arc1DConfig(RuleConfig):
    """Which transformations are asked."""

    size: int = ramp(8, 20, low=6, high=40)
    """Number of cells, 6..40."""


class Arc1D(RuleQuestion[Arc1DConfig, str]):
    """Transformations that move runs of cells, change their shapes, and exchange colours."""

    id: ClassVar[str] = "palestra/Arc1D-v1"
    Config: ClassVar[type[Arc1DConfig]] = Arc1DConfig
    templates = (
        "Rows of coloured cells; 0 is blank. One rule turns each row into another:\n{examples}\nApply it to\n{query}",
        "{examples}\nWhat does the same rule make of this row?\n{query}",
        "In each line the right row was made from the left one by the same rule; 0 is an empty cell.\n"
        "{examples}\n{query} -> ?",
    )
    answer_format = "Reply with the resulting row alone, its digits separated by blanks."
    verifier = IntegersAnswer()
    grammar = Grammar(_MOVE, _SHAPE, COLOUR_SWAPS)

    def sample(self, rng: KeyedRandom) -> str:
        """Runs of colours between blanks."""
        size = self.config.size
        cells = "0" * rng.below(3)
        while len(cells) < size - 2:
            cells += rng.choice(COLOURS) * rng.between(1, 4) + "0" * rng.below(4)
        return (cells + "00")[:size] if rng.below(2) else f"{cells[: size - 2]}00"

    def show(self, value: str) -> str:
        """Cells with blanks between."""
        return " ".join(value)

    def reference(self, value: str) -> str:
        """A JSON list."""
        return json.dumps(list(map(int, value)))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Another row."""
        return self.show(self.sample(rng))
