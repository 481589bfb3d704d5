"""Sliding puzzles, a few slides in each turn."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from palestra.envs.answers import final_line, read_integers
from palestra.envs.families.games.fifteen_plan import FifteenPlanConfig
from palestra.envs.families.games.sliding import SlidingPuzzle, scrambled, slid, sliding_text, wandered
from palestra.envs.family import Content
from palestra.envs.game import Game, Move
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom

_SLIDES_PER_TURN = 5
_SPARE_TURNS = 3
_RULES = (
    "\nNow:\n{start}\nGoal:\n{goal}\nEach turn slide 1 to 5 tiles, one after the other, into the gap `_`; only a tile "
    "beside the gap can slide. You have {turns} turns."
)


class FifteenPuzzle(Game[FifteenPlanConfig, SlidingPuzzle, SlidingPuzzle]):
    """The boards of FifteenPlan; the player sees the board after each turn."""

    id: ClassVar[str] = "palestra/FifteenPuzzle-v1"
    Config: ClassVar[type[FifteenPlanConfig]] = FifteenPlanConfig
    templates = (
        "Solve this sliding puzzle." + _RULES,
        "Bring the tiles into the order of the goal." + _RULES,
        "A sliding puzzle." + _RULES,
    )
    answer_format = "The last line of each reply must be the numbers of the tiles to slide, in order, such as `4 7 2`."

    def draw(self, rng: KeyedRandom) -> SlidingPuzzle:
        """Walk from a goal."""
        return scrambled(self.config.rows, self.config.columns, self.config.num_slides, rng)

    def canonical(self, key: SlidingPuzzle) -> str:
        """Start and goal, however they are turned, and whichever comes first."""
        return key.canonical()

    def build(self, key: SlidingPuzzle, rng: KeyedRandom) -> Content | None:
        """Show the start and the goal."""
        if key.board == key.goal:
            return None
        return Content(
            slots={
                "start": sliding_text(key.board, key.columns),
                "goal": sliding_text(key.goal, key.columns),
                "turns": str(_num_turns(key)),
            },
            reference=encode(key),
            effort=len(key.way),
            meta={"num_tiles": len(key.board) - 1},
        )

    def turn_limit(self, task: Task) -> int:
        """Twice the turns that the known way needs, and a few."""
        return _num_turns(self.start(task))

    def start(self, task: Task) -> SlidingPuzzle:
        """The board and the way back."""
        return decode(SlidingPuzzle, task.reference)

    def play(self, world: SlidingPuzzle, text: str) -> Move[SlidingPuzzle]:
        """Slide until the goal is reached or a tile does not move."""
        tiles = read_integers(final_line(text))
        if len(tiles) > _SLIDES_PER_TURN:
            raise NoAnswerError(f"{len(tiles)} tiles; a turn has at most {_SLIDES_PER_TURN}")
        for tile in tiles:
            board = slid(world.board, tile, world.columns)
            if board is None:
                return Move(world=world, reply=f"Tile {str(tile)[:9]} is not beside the gap.\n{_shown(world)}")
            # A slide that is not the next of the way is undone by the same slide.
            way = world.way[1:] if world.way[:1] == (tile,) else (tile, *world.way)
            world = replace(world, board=board, way=way)
            if board == world.goal:
                return Move(world=world, verdict=Verdict.passed("the goal is reached"))
        return Move(world=world, reply=_shown(world))

    def best(self, world: SlidingPuzzle) -> str:
        """The next part of the way back."""
        return " ".join(map(str, world.way[:_SLIDES_PER_TURN]))

    def random_move(self, world: SlidingPuzzle, rng: KeyedRandom) -> str:
        """A walk without turning back."""
        return " ".join(map(str, wandered(world.board, world.columns, _SLIDES_PER_TURN, rng)[1]))


def _num_turns(puzzle: SlidingPuzzle) -> int:
    return 2 * -(-len(puzzle.way) // _SLIDES_PER_TURN) + _SPARE_TURNS


def _shown(puzzle: SlidingPuzzle) -> str:
    return f"Now:\n{sliding_text(puzzle.board, puzzle.columns)}"
