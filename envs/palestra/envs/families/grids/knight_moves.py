"""Shortest paths of a chess knight around blocked squares; any shortest path is right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.grids.board import Board
from palestra.envs.families.grids.moves import places
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom

Square = tuple[int, int]
"""Column and row, from 0."""

_JUMPS = ((1, 2), (2, 1), (2, -1), (1, -2), (-1, -2), (-2, -1), (-2, 1), (-1, 2))
_SQUARE = re.compile(r"([a-z])([1-9][0-9]?)")


@dataclass(frozen=True, kw_only=True, slots=True)
class KnightMovesConfig(FamilyConfig):
    """Which boards are crossed."""

    size: int = ramp(4, 10, low=3, high=20)
    """Height and width."""
    blocked_eighths: int = ramp(2, 3, low=1, high=4)
    """How many eighths of the squares are blocked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KnightMovesKey:
    """Masks of the blocked squares and of the start; the goal is a square that is farthest from the start."""

    blocked: int
    start: int


@dataclass(frozen=True, kw_only=True, slots=True)
class KnightMovesPuzzle:
    """What an answer is checked against."""

    size: int
    blocked: tuple[str, ...]
    path: tuple[str, ...]
    """A shortest path."""


class KnightMovesVerifier(RecordVerifier[KnightMovesPuzzle]):
    """PASS when jumps of a knight lead from start to goal over free squares, and no fewer do."""

    name: ClassVar[str] = "knight-moves"
    record_type = KnightMovesPuzzle

    def judge(self, response: str, reference: KnightMovesPuzzle) -> Verdict:
        """Check ends, then jumps, then their number."""
        line = final_line(response).casefold()
        words = places(line)
        if not words or not all(_SQUARE.fullmatch(word) for word in words):
            raise NoAnswerError(f"`{quote(line)}` is no list of squares")
        right = reference.path
        if (words[0], words[-1]) != (right[0], right[-1]):
            return Verdict.failed(f"the path must lead from {right[0]} to {right[-1]}")
        blocked = set(reference.blocked)
        for here, there in pairwise(words):
            if there in blocked or there not in _jumps(here, reference.size):
                return Verdict.failed(f"there is no jump from {here} to {there}")
        detail = f"{len(words) - 1} jumps, {len(right) - 1} are enough"
        return Verdict.passed(detail) if len(words) == len(right) else Verdict.failed(detail)


class KnightMoves(Question[KnightMovesConfig, KnightMovesKey]):
    """Square boards with blocked squares."""

    id: ClassVar[str] = "palestra/KnightMoves-v1"
    Config: ClassVar[type[KnightMovesConfig]] = KnightMovesConfig
    templates = (
        "A chess knight on a board from a1 to {corner} goes from {start} to {goal} with as few jumps as possible. "
        "It may not land on {blocked}.",
        "Board: a1 to {corner}. Forbidden: {blocked}.\nFind a shortest path of a knight from {start} to {goal}.",
        "Knights jump two squares straight and one aside. Holes in the board: {blocked}. "
        "Its corners are a1 and {corner}.\nHow does one get from {start} to {goal} in the fewest jumps?",
    )
    answer_format = (
        "The last line of your reply must be the squares alone, from the first to the last, separated by commas."
    )
    verifier = KnightMovesVerifier()

    def draw(self, rng: KeyedRandom) -> KnightMovesKey:
        """Random blocked squares, and a start that is free."""
        board = Board.square(self.config.size)
        start = board.draw_cell(rng)
        return KnightMovesKey(blocked=board.draw_cells(self.config.blocked_eighths, rng) & ~start, start=start)

    def canonical(self, key: KnightMovesKey) -> str:
        """The board."""
        return f"{self.config.size} {key.blocked:x} {key.start:x}"

    def build(self, key: KnightMovesKey, rng: KeyedRandom) -> Content | None:
        """Find the farthest square; None where it is near, or nothing is blocked."""
        board, size = Board.square(self.config.size), self.config.size
        cells = {_name(c, r): board.bit(r, c) for r in range(size) for c in range(size)}
        blocked = tuple(name for name, bit in cells.items() if key.blocked & bit)
        row, column = board.place(key.start)
        path = farthest_path(_name(column, row), size, blocked)
        if len(path) < 3 or not blocked:
            return None
        return Content(
            slots={
                "corner": _name(size - 1, size - 1),
                "start": path[0],
                "goal": path[-1],
                "blocked": ", ".join(sorted(blocked)),
            },
            reference=encode(KnightMovesPuzzle(size=size, blocked=blocked, path=path)),
            effort=len(path) * size,
            meta={"size": size, "num_jumps": len(path) - 1},
        )

    def oracle(self, task: Task) -> str:
        """A shortest path."""
        return ", ".join(decode(KnightMovesPuzzle, task.reference).path)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """The ends, and random jumps in between."""
        puzzle = decode(KnightMovesPuzzle, task.reference)
        path = [puzzle.path[0]]
        for _ in puzzle.path[2:]:
            path.append(rng.choice(list(_jumps(path[-1], puzzle.size)) or [path[-1]]))
        return ", ".join([*path, puzzle.path[-1]])


def farthest_path(start: str, size: int, blocked: tuple[str, ...]) -> tuple[str, ...]:
    """A shortest path from the start to a square that is farthest from it."""
    before = {start: ""}
    closed = set(blocked)
    queue = [start]
    for here in queue:
        for there in _jumps(here, size):
            if there not in before and there not in closed:
                before[there] = here
                queue.append(there)
    path = [queue[-1]]
    while before[path[-1]]:
        path.append(before[path[-1]])
    return tuple(reversed(path))


def _name(column: int, row: int) -> str:
    return f"{chr(ord('a') + column)}{row + 1}"


def _jumps(square: str, size: int) -> Iterator[str]:
    column, row = ord(square[0]) - ord("a"), int(square[1:]) - 1
    for right, up in _JUMPS:
        if 0 <= column + right < size and 0 <= row + up < size:
            yield _name(column + right, row + up)
