"""Rot that spreads over a box of oranges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RowsAnswer, read_rows
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.algorithms.bit_board import BitBoard
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class RottenOrangesConfig(FamilyConfig):
    """Which boxes are asked."""

    size: int = ramp(4, 10, low=3, high=30)
    """Rows and columns."""
    num_minutes: int = ramp(1, 6, low=1, high=50)
    """How long the rot spreads."""


@dataclass(frozen=True, slots=True)
class RottenOrangesKey:
    """The cells row by row (Fresh, Rotten, empty), and the time that passes."""

    size: int
    cells: str
    num_minutes: int


class RottenOranges(Question[RottenOrangesConfig, RottenOrangesKey]):
    """Square boxes in which the rot still spreads in the last minute."""

    id: ClassVar[str] = "palestra/RottenOranges-v1"
    Config: ClassVar[type[RottenOrangesConfig]] = RottenOrangesConfig
    templates = (
        "A box of oranges: F fresh, R rotten, . empty. Each minute, every fresh orange directly above, below, left or "
        "right of a rotten one rots.\n{box}\nShow the box after {minutes}.",
        "{box}\nR is a rotten orange, F a fresh one, . no orange. Fresh ones next to a rotten one (up, down, left, "
        "right) rot within a minute. What does the box look like after {minutes}?",
        "Rotten oranges (R) spoil the fresh ones (F) above, below, left and right of them once a minute; a dot is an "
        "empty place. Let {minutes} pass.\n{box}",
        "What has become of this box after {minutes}?\n{box}\nEach minute all fresh oranges (F) that touch a rotten "
        "one (R) above, below, left or right turn rotten. Dots are empty.",
    )
    answer_format = "Reply with the box only: one line for each row, cells separated by spaces."
    verifier = RowsAnswer()

    def draw(self, rng: KeyedRandom) -> RottenOrangesKey:
        """A box, mostly of fresh oranges; large ones have a smaller share of rotten ones."""
        size = self.config.size
        cells = [rng.choice("FFFF.") for _ in range(size * size)]
        for _ in range(1 + rng.below(max(1, size // 2))):
            cells[rng.below(len(cells))] = "R"
        return RottenOrangesKey(size, "".join(cells), self.config.num_minutes)

    def build(self, key: RottenOrangesKey, rng: KeyedRandom) -> Content | None:
        """Let the rot spread; None where it stops before its time."""
        board = BitBoard(key.size, key.size)
        fresh, rotten = board.packed(key.cells, "F"), board.packed(key.cells, "R")
        for _ in range(key.num_minutes):
            spoilt = board.neighbours(rotten) & fresh
            if not spoilt:
                return None
            fresh, rotten = fresh & ~spoilt, rotten | spoilt
        plural = "" if key.num_minutes == 1 else "s"
        return Content(
            slots={
                "box": _shown(key.size, key.cells),
                "minutes": f"{key.num_minutes} minute{plural}",
            },
            reference=_shown(key.size, _cells(board, fresh, rotten)),
            effort=key.num_minutes * key.size * key.size,
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Random cells in the right shape."""
        return "\n".join(" ".join(rng.choice("FR.") for _ in row) for row in read_rows(task.reference))


def _cells(board: BitBoard, fresh: int, rotten: int) -> str:
    places = [(row, column) for row in range(board.num_rows) for column in range(board.num_columns)]
    return "".join("F" if board.has(fresh, *p) else "R" if board.has(rotten, *p) else "." for p in places)


def _shown(size: int, cells: str) -> str:
    return "\n".join(" ".join(cells[start : start + size]) for start in range(0, size * size, size))
