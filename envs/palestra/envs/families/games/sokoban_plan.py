"""Sokoban in one answer: any steps that bring every box to a goal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.games.cells import canonical_board
from palestra.envs.families.games.sokoban_level import (
    SOKOBAN_LEGEND,
    WITHOUT_PLAYER,
    SokobanLevel,
    drawn_level,
    stepped,
)
from palestra.envs.families.games.steps import STEPS, read_steps
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom

_MAX_TRIES = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class SokobanConfig(FamilyConfig):
    """Which levels are made."""

    rows: int = stages(6, 6, 6, 6, 6, 7, 7, 8, 8, 9, choices=tuple(range(5, 21)))
    """Rows with the walls around, 5..20."""
    columns: int = stages(6, 6, 6, 6, 7, 7, 8, 8, 9, 9, choices=tuple(range(5, 21)))
    """Columns with the walls around, 5..20."""
    num_boxes: int = stages(1, 1, 1, 2, 2, 2, 3, 3, 3, 4, choices=tuple(range(1, 9)))
    """How many boxes there are, 1..8."""
    num_pulls: int = ramp(4, 30, low=1, high=300)
    """By how many pulls the level is made."""


class SokobanVerifier(RecordVerifier[SokobanLevel]):
    """PASS when every step is possible and every box ends on a goal.

    Reference: a `SokobanLevel`.
    """

    name: ClassVar[str] = "sokoban"
    record_type = SokobanLevel

    def judge(self, response: str, reference: SokobanLevel) -> Verdict:
        """Walk and push."""
        level = reference
        steps = read_steps(final_line(response))
        for i, step in enumerate(steps):
            after = stepped(level, step)
            if after is None:
                return Verdict.failed(f"step {i + 1}, {step}, is blocked")
            level = after
        if level.is_solved():
            return Verdict.passed(f"all boxes are on goals after {len(steps)} steps")
        missing = len(set(level.goals) - set(level.boxes))
        return Verdict.failed(f"after {len(steps)} steps {missing} of {len(level.goals)} goals have no box")


def draw_solvable(config: SokobanConfig, rng: KeyedRandom) -> SokobanLevel:
    """A level with a known solution, every box off the goals; without goals where a few draws gave none."""
    level = drawn_level((config.rows, config.columns), config.num_boxes, config.num_pulls, rng)
    for _ in range(_MAX_TRIES):
        if level.goals:
            break
        level = drawn_level((config.rows, config.columns), config.num_boxes, config.num_pulls, rng)
    return level


class SokobanPlan(Question[SokobanConfig, SokobanLevel]):
    """Levels of one to four boxes."""

    id: ClassVar[str] = "palestra/SokobanPlan-v1"
    Config: ClassVar[type[SokobanConfig]] = SokobanConfig
    puzzles: ClassVar[str] = "palestra/Sokoban"
    templates = (
        "{level}\n" + SOKOBAN_LEGEND + " Push every box onto a goal.",
        "Solve this Sokoban level.\n{level}\n" + SOKOBAN_LEGEND,
        "Sokoban:\n{level}\n" + SOKOBAN_LEGEND + " Which steps put all boxes on goals?",
    )
    answer_format = "The last line of your reply must be all steps, such as `URRD`."
    verifier = SokobanVerifier()

    def draw(self, rng: KeyedRandom) -> SokobanLevel:
        """Pull boxes off their goals."""
        return draw_solvable(self.config, rng)

    def canonical(self, key: SokobanLevel) -> str:
        """Walls, boxes and goals, however they are turned; where the player stands makes no other puzzle."""
        return canonical_board(key.marks().translate(WITHOUT_PLAYER), key.columns)

    def build(self, key: SokobanLevel, rng: KeyedRandom) -> Content | None:
        """Ask for steps."""
        if not key.goals:
            return None
        pushes = key.num_pushes()
        return Content(
            slots={"level": key.shown()}, reference=encode(key), effort=pushes, meta={"num_boxes": len(key.boxes)}
        )

    def oracle(self, task: Task) -> str:
        """The pulls backwards."""
        return decode(SokobanLevel, task.reference).way or ""

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A walk of possible steps."""
        level = decode(SokobanLevel, task.reference)
        steps = ""
        for _ in level.way or "":
            options = [step for step in STEPS if stepped(level, step) is not None]
            if not options:
                break
            steps += rng.choice(options)
            level = stepped(level, steps[-1]) or level
        return steps or "U"
