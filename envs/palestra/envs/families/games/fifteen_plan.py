"""Sliding puzzles in one answer: any list of tiles that leads to the goal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line, read_integers
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.games.sliding import GAP, SlidingPuzzle, scrambled, slid, sliding_text, wandered
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class FifteenPlanConfig(FamilyConfig):
    """Which boards are asked."""

    rows: int = stages(2, 2, 2, 3, 3, 3, 3, 3, 4, 4, choices=(2, 3, 4, 5, 6))
    """Rows of the board, 2..6."""
    columns: int = stages(3, 3, 3, 3, 3, 3, 4, 4, 4, 4, choices=(3, 4, 5, 6))
    """Columns of the board, 3..6."""
    num_slides: int = ramp(2, 30, low=1, high=500)
    """Length of the random walk from the goal to the start."""


class SlidingVerifier(RecordVerifier[SlidingPuzzle]):
    """PASS when the tiles, slid one after the other, make the goal out of the board.

    Reference: a `SlidingPuzzle`.
    """

    name: ClassVar[str] = "sliding"
    record_type = SlidingPuzzle

    def judge(self, response: str, reference: SlidingPuzzle) -> Verdict:
        """Slide."""
        board = reference.board
        tiles = read_integers(final_line(response))
        for i, tile in enumerate(tiles):
            moved = slid(board, tile, reference.columns)
            if moved is None:
                return Verdict.failed(f"slide {i + 1}: tile {str(tile)[:9]} is not beside the gap")
            board = moved
        if board == reference.goal:
            return Verdict.passed(f"the goal is reached after {len(tiles)} slides")
        away = sum(a != b for a, b in zip(board, reference.goal, strict=True))
        return Verdict.failed(f"after {len(tiles)} slides {away} cells differ from the goal")


class FifteenPlan(Question[FifteenPlanConfig, SlidingPuzzle]):
    """Boards of 2 x 3 to 4 x 4 with a start and a goal."""

    id: ClassVar[str] = "palestra/FifteenPlan-v1"
    Config: ClassVar[type[FifteenPlanConfig]] = FifteenPlanConfig
    puzzles: ClassVar[str] = "palestra/FifteenPuzzle"
    templates = (
        "A tile beside the gap `_` can slide into it. Go from the start to the goal.\nStart:\n{start}\nGoal:\n{goal}",
        "Sliding puzzle: each move slides a tile that is next to the gap `_` into the gap.\n"
        "Start:\n{start}\nGoal:\n{goal}\nWhich moves lead to the goal?",
        "Start:\n{start}\nGoal:\n{goal}\nTurn the start into the goal by sliding neighbours of the gap `_` into it.",
    )
    answer_format = (
        "The last line of your reply must be the numbers of the tiles to slide, in order, separated by blanks."
    )
    verifier = SlidingVerifier()

    def draw(self, rng: KeyedRandom) -> SlidingPuzzle:
        """Walk from a goal."""
        return scrambled(self.config.rows, self.config.columns, self.config.num_slides, rng)

    def canonical(self, key: SlidingPuzzle) -> str:
        """Start and goal, however they are turned, and whichever comes first."""
        return key.canonical()

    def build(self, key: SlidingPuzzle, rng: KeyedRandom) -> Content | None:
        """Ask for the way."""
        if key.board == key.goal:
            return None
        slots = {"start": sliding_text(key.board, key.columns), "goal": sliding_text(key.goal, key.columns)}
        return Content(slots=slots, reference=encode(key), effort=len(key.way), meta={"num_tiles": len(key.board) - 1})

    def unsolvable(self, key: SlidingPuzzle, rng: KeyedRandom) -> Content | None:
        """The start with two tiles swapped: an odd permutation, which no slides bring to the goal."""
        first, second = [tile for tile in key.board if tile != GAP][:2]
        swap = {first: second, second: first}
        return self.build(replace(key, board=tuple(swap.get(tile, tile) for tile in key.board), way=()), rng)

    def oracle(self, task: Task) -> str:
        """The walk backwards."""
        return " ".join(map(str, decode(SlidingPuzzle, task.reference).way))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A random walk of the right length."""
        puzzle = decode(SlidingPuzzle, task.reference)
        _, walk = wandered(puzzle.board, puzzle.columns, len(puzzle.way), rng)
        return " ".join(map(str, walk))
