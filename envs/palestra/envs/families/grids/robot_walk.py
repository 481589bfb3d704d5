"""A robot follows commands on a grid with walls: where does it end, and where does it look?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import WordsAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.grids.board import Board, show
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_HEADINGS = {"north": (-1, 0), "east": (0, 1), "south": (1, 0), "west": (0, -1)}
_NAMES = tuple(_HEADINGS)


@dataclass(frozen=True, kw_only=True, slots=True)
class RobotWalkConfig(FamilyConfig):
    """Which walks are followed."""

    size: int = ramp(4, 9, low=3, high=20)
    """Height and width."""
    wall_eighths: int = ramp(1, 2, low=1, high=3)
    """How many eighths of the cells are walls."""
    num_commands: int = ramp(3, 40, low=1, high=200)
    """How many commands the robot gets."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RobotWalkKey:
    """Masks of the walls and of the start, the heading at the start, and the commands."""

    walls: int
    start: int
    heading: int
    commands: str


class RobotWalk(Question[RobotWalkConfig, RobotWalkKey]):
    """Square grids with random walls and commands, half of which go forward."""

    id: ClassVar[str] = "palestra/RobotWalk-v1"
    Config: ClassVar[type[RobotWalkConfig]] = RobotWalkConfig
    floor = 0.1
    templates = (
        "{grid}\nA robot stands at S and looks {heading}. F: one cell forward; L, R: turn left or right on the spot. "
        "An F into a wall (#) or off the grid does nothing.\nCommands: {commands}\nWhere does it end?",
        "Commands: {commands}\nF moves the robot one cell forward, unless a # or the edge is in the way; "
        "L and R turn it a quarter to the left or right. North is up. It starts at S, facing {heading}.\n{grid}\n"
        "In which cell is it at the end, and which way does it face?",
        "{grid}\nFollow {commands} from S, with your face to the {heading} at first: F is a step ahead (skipped where "
        "a # or the border stops you), L a left turn, R a right turn. Where are you then?",
    )
    answer_format = (
        "The last line of your reply must be row, column, heading, separated by commas: rows are counted from 1 at "
        "the top, columns from 1 at the left; the heading is north (up), east, south or west."
    )
    verifier = WordsAnswer()

    def draw(self, rng: KeyedRandom) -> RobotWalkKey:
        """Random walls and commands."""
        board = Board.square(self.config.size)
        start = board.draw_cell(rng)
        walls = board.draw_cells(self.config.wall_eighths, rng) & ~start
        commands = "".join(rng.choice("FFLR") for _ in range(self.config.num_commands))
        return RobotWalkKey(walls=walls, start=start, heading=rng.below(4), commands=commands)

    def build(self, key: RobotWalkKey, rng: KeyedRandom) -> Content | None:
        """Follow the commands; None where none of them goes forward."""
        board = Board.square(self.config.size)
        rows = board.rows({"#": key.walls, "S": key.start})
        if "F" not in key.commands:
            return None
        row, column, heading = walk(rows, board.place(key.start), key.heading, key.commands)
        return Content(
            slots={"grid": show(rows), "heading": _NAMES[key.heading], "commands": " ".join(key.commands)},
            reference=json.dumps([str(row + 1), str(column + 1), _NAMES[heading]]),
            effort=len(key.commands),
            meta={"size": self.config.size, "num_commands": len(key.commands)},
        )

    def oracle(self, task: Task) -> str:
        """The last cell and heading."""
        return ", ".join(json.loads(task.reference))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A random cell and heading."""
        row, column = (rng.between(1, self.config.size) for _ in range(2))
        return f"{row}, {column}, {rng.choice(_NAMES)}"


def walk(rows: tuple[str, ...], start: tuple[int, int], heading: int, commands: str) -> tuple[int, int, int]:
    """Row, column and heading after the commands."""
    row, column = start
    for command in commands:
        if command != "F":
            heading = (heading + (1 if command == "R" else -1)) % 4
            continue
        down, right = _HEADINGS[_NAMES[heading]]
        there = (row + down, column + right)
        if 0 <= there[0] < len(rows) and 0 <= there[1] < len(rows[0]) and rows[there[0]][there[1]] != "#":
            row, column = there
    return row, column, heading
