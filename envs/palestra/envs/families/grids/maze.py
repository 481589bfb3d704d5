"""Mazes: the fewest steps from start to goal; any shortest way is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.grids.board import MOVES, Board, show
from palestra.envs.families.grids.moves import final_moves, follow
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class MazeConfig(FamilyConfig):
    """Which mazes are walked."""

    size: int = ramp(4, 18, low=3, high=40)
    """Height and width."""
    wall_eighths: int = stages(2, 2, 3, 3, 3, choices=(1, 2, 3))
    """How many eighths of the cells are walls."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MazeKey:
    """Masks of the walls and of the start; the goal is a cell that is farthest from the start."""

    walls: int
    start: int


@dataclass(frozen=True, kw_only=True, slots=True)
class MazePuzzle:
    """What an answer is checked against."""

    rows: tuple[str, ...]
    moves: str
    """A shortest way."""


class MazeVerifier(RecordVerifier[MazePuzzle]):
    """PASS when the moves lead from S to G over free cells, and no fewer do."""

    name: ClassVar[str] = "maze"
    record_type = MazePuzzle

    def judge(self, response: str, reference: MazePuzzle) -> Verdict:
        """Walk, then count."""
        moves, rows = final_moves(response), reference.rows
        visited = follow(rows, moves)
        if isinstance(visited, int):
            return Verdict.failed(f"move {visited} leads into a wall or off the grid")
        row, column = visited[-1]
        if rows[row][column] != "G":
            return Verdict.failed(f"the moves end in row {row + 1}, column {column + 1}, not at G")
        detail = f"{len(moves)} moves, {len(reference.moves)} are enough"
        return Verdict.passed(detail) if len(moves) == len(reference.moves) else Verdict.failed(detail)


class Maze(Question[MazeConfig, MazeKey]):
    """Square mazes of random walls."""

    id: ClassVar[str] = "palestra/Maze-v1"
    Config: ClassVar[type[MazeConfig]] = MazeConfig
    templates = (
        "{maze}\nGo from S to G with as few steps as possible. # is a wall.",
        "Find a shortest way from S to G, step by step up, down, left or right, and never onto a #.\n{maze}",
        "A map, with rocks (#):\n{maze}\nWhat is a quickest walk from S to G? Diagonal steps are not allowed.",
    )
    answer_format = (
        "The last line of your reply must be the steps alone, as letters "
        "U (up), D (down), L (left), R (right) without anything between them."
    )
    verifier = MazeVerifier()

    def draw(self, rng: KeyedRandom) -> MazeKey:
        """Random walls, and a start that is free."""
        board = Board.square(self.config.size)
        start = board.draw_cell(rng)
        return MazeKey(walls=board.draw_cells(self.config.wall_eighths, rng) & ~start, start=start)

    def canonical(self, key: MazeKey) -> str:
        """The map."""
        return f"{self.config.size} {key.walls:x} {key.start:x}"

    def build(self, key: MazeKey, rng: KeyedRandom) -> Content | None:
        """Find the farthest cell; None where it is near."""
        board = Board.square(self.config.size)
        layers = board.layers(key.start, board.everything & ~key.walls)
        if len(layers) <= self.config.size:
            return None
        goal = layers[-1] & -layers[-1]
        rows = board.rows({"#": key.walls, "S": key.start, "G": goal})
        return Content(
            slots={"maze": show(rows)},
            reference=encode(MazePuzzle(rows=rows, moves=board.way(layers, goal))),
            effort=len(layers) - 1,
            meta={"size": self.config.size, "num_steps": len(layers) - 1},
        )

    def oracle(self, task: Task) -> str:
        """A shortest way."""
        return decode(MazePuzzle, task.reference).moves

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """As many random moves as are needed."""
        return "".join(rng.choice(tuple(MOVES)) for _ in decode(MazePuzzle, task.reference).moves)
