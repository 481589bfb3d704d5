"""A beam of light among mirrors: where does it leave the grid, and how many mirrors does it hit?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import WordsAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.grids.board import Board, show
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_SIDES = {"left": (0, 1), "right": (0, -1), "top": (1, 0), "bottom": (-1, 0)}  # which way a beam from there goes


@dataclass(frozen=True, kw_only=True, slots=True)
class MirrorLaserConfig(FamilyConfig):
    """Which grids light is sent into."""

    size: int = ramp(4, 14, low=3, high=30)
    """Height and width."""
    mirror_eighths: int = ramp(2, 3, low=1, high=5)
    """How many eighths of the cells have a mirror."""
    num_hits: int = ramp(1, 8, low=1, high=30)
    """How many mirrors the beam hits at least."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MirrorLaserKey:
    """Masks of the two kinds of mirrors, and where the beam comes in."""

    rising: int
    """Where a `/` stands."""
    falling: int
    r"""Where a `\` stands."""
    side: str
    place: int
    """The row or column, from 1."""


class MirrorLaser(Question[MirrorLaserConfig, MirrorLaserKey]):
    """Square grids with random mirrors."""

    id: ClassVar[str] = "palestra/MirrorLaser-v1"
    Config: ClassVar[type[MirrorLaserConfig]] = MirrorLaserConfig
    floor = 0.1
    templates = (
        "{grid}\n/ and \\ are mirrors. A beam of light enters from the {side}, in {line} {place}. "
        "Where does it leave the grid, and how often was it reflected?",
        "Light comes in from the {side} side, along {line} {place}, and is turned by a quarter at each mirror "
        "(/ or \\).\n{grid}\nAt which side does it come out, in which row or column, and after how many reflections?",
        "{grid}\nA laser at the {side} edge shoots straight into {line} {place}. Follow its beam over the mirrors "
        "/ and \\ until it leaves the grid; count the reflections.",
    )
    answer_format = (
        "Rows are counted from 1 at the top, columns from 1 at the left. The last line of your reply must be "
        "the side (left, right, top or bottom), the row or column there, and the number of reflections, "
        "separated by commas."
    )
    verifier = WordsAnswer()

    def draw(self, rng: KeyedRandom) -> MirrorLaserKey:
        """Random mirrors and a random place of entry."""
        board = Board(height=self.config.size, width=self.config.size)
        mirrors, kinds = board.draw_cells(self.config.mirror_eighths, rng), board.draw_cells(4, rng)
        side, place = rng.choice(tuple(_SIDES)), rng.between(1, self.config.size)
        return MirrorLaserKey(rising=mirrors & kinds, falling=mirrors & ~kinds, side=side, place=place)

    def build(self, key: MirrorLaserKey, rng: KeyedRandom) -> Content | None:
        """Follow the beam; None where it hits too few mirrors."""
        board = Board(height=self.config.size, width=self.config.size)
        rows = board.rows({"/": key.rising, "\\": key.falling})
        side, place, hits = follow_beam(rows, key.side, key.place)
        if hits < self.config.num_hits:
            return None
        line = "row" if key.side in ("left", "right") else "column"
        return Content(
            slots={"grid": show(rows), "side": key.side, "line": line, "place": str(key.place)},
            reference=json.dumps([side, str(place), str(hits)]),
            effort=hits * self.config.size,
            meta={"size": self.config.size},
        )

    def oracle(self, task: Task) -> str:
        """Where the beam leaves."""
        return ", ".join(json.loads(task.reference))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A random exit, and a few hits."""
        return f"{rng.choice(tuple(_SIDES))}, {rng.between(1, self.config.size)}, {rng.between(1, self.config.size)}"


def follow_beam(rows: Sequence[str], side: str, place: int) -> tuple[str, int, int]:
    """Side and place where a beam leaves that enters at a side and place, and how many mirrors it hits."""
    size = len(rows)
    down, right = _SIDES[side]
    first, last = 0, size - 1
    row, column = {
        "left": (place - 1, first),
        "right": (place - 1, last),
        "top": (first, place - 1),
        "bottom": (last, place - 1),
    }[side]
    hits = 0
    while 0 <= row < size and 0 <= column < size:
        mirror = rows[row][column]
        if mirror != ".":
            hits += 1
            down, right = (-right, -down) if mirror == "/" else (right, down)
        row, column = row + down, column + right
    leaving = {(0, -1): "left", (0, 1): "right", (-1, 0): "top", (1, 0): "bottom"}[down, right]
    return leaving, (row if right else column) + 1, hits
