"""Collect all: a shortest walk that passes every star of a map; any shortest walk is right."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import ClassVar

from palestra.envs.answers import RecordVerifier
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.grids.board import MOVES, Board, show
from palestra.envs.families.grids.moves import final_moves, follow
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class VisitAllConfig(FamilyConfig):
    """Which maps are walked."""

    size: int = ramp(4, 14, low=3, high=30)
    """Height and width."""
    num_stars: int = ramp(2, 5, low=1, high=5)
    """How many stars are collected."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VisitAllKey:
    """Masks of the lava, the start, and the stars."""

    lava: int
    start: int
    stars: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class VisitAllPuzzle:
    """What an answer is checked against."""

    rows: tuple[str, ...]
    moves: str
    """A shortest walk."""


class VisitAllVerifier(RecordVerifier[VisitAllPuzzle]):
    """PASS when the walk stays on free cells, passes all stars, and is as short as can be."""

    name: ClassVar[str] = "visit-all"
    record_type = VisitAllPuzzle

    def judge(self, response: str, reference: VisitAllPuzzle) -> Verdict:
        """Walk, then look for stars, then count."""
        moves, rows = final_moves(response), reference.rows
        visited = follow(rows, moves)
        if isinstance(visited, int):
            return Verdict.failed(f"move {visited} leads into lava or off the grid")
        stars = sum(row.count("*") for row in rows)
        collected = sum(rows[row][column] == "*" for row, column in set(visited))
        if collected < stars:
            return Verdict.failed(f"{collected} of {stars} stars are collected")
        detail = f"{len(moves)} moves, {len(reference.moves)} are enough"
        return Verdict.passed(detail) if len(moves) == len(reference.moves) else Verdict.failed(detail)


class VisitAll(Question[VisitAllConfig, VisitAllKey]):
    """Square maps with lava, of which a quarter of the cells is made."""

    id: ClassVar[str] = "palestra/VisitAll-v1"
    Config: ClassVar[type[VisitAllConfig]] = VisitAllConfig
    templates = (
        "{map}\nStart at S and collect every * with as few steps as possible, in any order. # is lava: stay off it.",
        "A robot stands at S. It must pass over every * of this map, may step up, down, left and right, "
        "but not onto #.\n{map}\nFind a shortest walk; it may end anywhere.",
        "{map}\nFrom S, what is a shortest sequence of steps that touches all the stars (*) and no #?",
    )
    answer_format = (
        "The last line of your reply must be the steps alone, as letters "
        "U (up), D (down), L (left), R (right) without anything between them."
    )
    verifier = VisitAllVerifier()

    def draw(self, rng: KeyedRandom) -> VisitAllKey:
        """Random lava, and different free cells for the start and the stars."""
        board = Board.square(self.config.size)
        cells: dict[int, None] = {}
        while len(cells) <= self.config.num_stars:
            cells[board.draw_cell(rng)] = None
        start, *stars = cells
        return VisitAllKey(lava=board.draw_cells(2, rng) & ~sum(cells), start=start, stars=tuple(sorted(stars)))

    def canonical(self, key: VisitAllKey) -> str:
        """The map."""
        return f"{self.config.size} {key.lava:x} {key.start:x} {sum(key.stars):x}"

    def build(self, key: VisitAllKey, rng: KeyedRandom) -> Content | None:
        """Find a shortest walk; None where a star is out of reach."""
        board = Board.square(self.config.size)
        moves = shortest_walk(board, board.everything & ~key.lava, key.start, key.stars)
        if moves is None:
            return None
        rows = board.rows({"#": key.lava, "S": key.start, "*": sum(key.stars)})
        return Content(
            slots={"map": show(rows)},
            reference=encode(VisitAllPuzzle(rows=rows, moves=moves)),
            effort=len(moves),
            meta={"size": self.config.size, "num_stars": len(key.stars)},
        )

    def oracle(self, task: Task) -> str:
        """A shortest walk."""
        return decode(VisitAllPuzzle, task.reference).moves

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """As many random moves as are needed."""
        return "".join(rng.choice(tuple(MOVES)) for _ in decode(VisitAllPuzzle, task.reference).moves)


def shortest_walk(board: Board, free: int, start: int, stars: tuple[int, ...]) -> str | None:
    """The moves of a shortest walk from the start over all stars, in any order; None where there is none."""
    layers = {cell: board.layers(cell, free) for cell in (start, *stars)}
    steps = {
        (a, b): next((i for i, layer in enumerate(layers[a]) if layer & b), -1)
        for a in (start, *stars)
        for b in stars
        if a != b
    }
    if any(distance < 0 for distance in steps.values()):
        return None
    best = min(
        permutations(stars), key=lambda order: sum(steps[leg] for leg in zip((start, *order), order, strict=False))
    )
    legs = zip((start, *best), best, strict=False)
    return "".join(board.way(layers[a][: steps[a, b] + 1], b) for a, b in legs)
