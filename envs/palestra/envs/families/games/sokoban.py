"""Sokoban, a few steps in each turn."""

from __future__ import annotations

from typing import ClassVar

from palestra.envs.answers import final_line
from palestra.envs.families.games.cells import canonical_board
from palestra.envs.families.games.sokoban_level import (
    SOKOBAN_LEGEND,
    WITHOUT_PLAYER,
    SokobanLevel,
    solve,
    stepped,
)
from palestra.envs.families.games.sokoban_plan import SokobanConfig, draw_solvable
from palestra.envs.families.games.steps import STEPS, read_few_steps
from palestra.envs.family import Content
from palestra.envs.game import Game, Move
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom

_STEPS_PER_TURN = 6
_SPARE_TURNS = 3
_MAX_STATES = 20_000  # of the search for a way from where no way is known
_RULES = (
    "\n{level}\n" + SOKOBAN_LEGEND + " Push every box onto a goal. Each turn make 1 to 6 steps; you have {turns} turns."
)


class Sokoban(Game[SokobanConfig, SokobanLevel, SokobanLevel]):
    """The levels of SokobanPlan; the player sees the level after each turn."""

    id: ClassVar[str] = "palestra/Sokoban-v1"
    Config: ClassVar[type[SokobanConfig]] = SokobanConfig
    templates = (
        "Let us play Sokoban." + _RULES,
        "Push the boxes in this store room." + _RULES,
        "A Sokoban level, step by step." + _RULES,
    )
    answer_format = "The last line of each reply must be your steps alone, such as `URRD`."

    def draw(self, rng: KeyedRandom) -> SokobanLevel:
        """Pull boxes off their goals."""
        return draw_solvable(self.config, rng)

    def canonical(self, key: SokobanLevel) -> str:
        """Walls, boxes and goals, however they are turned; where the player stands makes no other puzzle."""
        return canonical_board(key.marks().translate(WITHOUT_PLAYER), key.columns)

    def build(self, key: SokobanLevel, rng: KeyedRandom) -> Content | None:
        """Show the level."""
        if not key.goals:
            return None
        slots = {"level": key.shown(), "turns": str(_num_turns(key))}
        return Content(slots=slots, reference=encode(key), effort=key.num_pushes(), meta={"num_boxes": len(key.boxes)})

    def turn_limit(self, task: Task) -> int:
        """Twice the turns that the known way needs, and a few."""
        return _num_turns(self.start(task))

    def start(self, task: Task) -> SokobanLevel:
        """The level."""
        return decode(SokobanLevel, task.reference)

    def play(self, world: SokobanLevel, text: str) -> Move[SokobanLevel]:
        """Step until the level is solved or a step is blocked."""
        for step in read_few_steps(final_line(text), _STEPS_PER_TURN):
            after = stepped(world, step)
            if after is None:
                return Move(world=world, reply=f"Step {step} is blocked.\n{world.shown()}")
            world = after
            if world.is_solved():
                return Move(world=world, verdict=Verdict.passed("all boxes are on goals"))
        return Move(world=world, reply=world.shown())

    def best(self, world: SokobanLevel) -> str:
        """The next part of the known way, or of one that is searched; any step where there is none."""
        way = world.way if world.way is not None else solve(world, _MAX_STATES)
        return (way or "U")[:_STEPS_PER_TURN]

    def random_move(self, world: SokobanLevel, rng: KeyedRandom) -> str:
        """A few steps, blocked or not."""
        return "".join(rng.choice(tuple(STEPS)) for _ in range(_STEPS_PER_TURN))


def _num_turns(level: SokobanLevel) -> int:
    return 2 * -(-len(level.way or "") // _STEPS_PER_TURN) + _SPARE_TURNS
