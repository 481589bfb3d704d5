"""A cube with coloured faces is turned: which colours are where?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import WordsAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

FACES = ("top", "bottom", "front", "back", "left", "right")
_OPPOSITE = {"top": "bottom", "bottom": "top", "front": "back", "back": "front", "left": "right", "right": "left"}
_COLOURS = (
    "red", "blue", "green", "yellow", "white", "black", "purple", "orange", "grey", "pink", "brown", "silver", "gold",
    "cyan",
)  # fmt: skip
Turn = tuple[str, str]
"""A quarter turn that brings the first face to the place of the second."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CubeColorsConfig(FamilyConfig):
    """Which turns are asked."""

    num_turns: int = ramp(1, 12, low=1, high=50)
    """How often the cube is turned, 1..50."""
    num_asked: int = ramp(2, 6, low=1, high=6)
    """How many faces are asked, 1..6."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CubeKey:
    """The colours in the order of `FACES`, the turns, and the faces that are asked."""

    colours: tuple[str, ...]
    turns: tuple[Turn, ...]
    asked: tuple[str, ...]


class CubeColors(Question[CubeColorsConfig, CubeKey]):
    """Quarter turns of a cube whose six faces have different colours."""

    id: ClassVar[str] = "palestra/CubeColors-v1"
    Config: ClassVar[type[CubeColorsConfig]] = CubeColorsConfig
    templates = (
        "The faces of a cube: {faces}.\nEach step is a quarter turn of the whole cube.\n{turns}\n"
        "Which colours have these faces now: {asked}?",
        "You hold a cube: {faces}. You give it these quarter turns, one after the other.\n{turns}\n"
        "Name the colours of these faces in the end: {asked}.",
        "A cube is coloured like this: {faces}.\nIt is rolled by quarter turns:\n{turns}\nWhat colours do "
        "these faces show afterwards: {asked}?",
    )
    answer_format = "Reply with the colours alone, in this order, separated by commas."
    verifier = WordsAnswer()

    def draw(self, rng: KeyedRandom) -> CubeKey:
        """Draw colours, turns and faces."""
        turns = []
        for _ in range(self.config.num_turns):
            start = rng.choice(FACES)
            turns.append((start, rng.choice([face for face in FACES if face not in (start, _OPPOSITE[start])])))
        asked = sorted(rng.sample(FACES, self.config.num_asked), key=FACES.index)
        return CubeKey(colours=tuple(rng.sample(_COLOURS, 6)), turns=tuple(turns), asked=tuple(asked))

    def build(self, key: CubeKey, rng: KeyedRandom) -> Content:
        """Turn the cube."""
        cube = dict(zip(FACES, key.colours, strict=True))
        faces = ", ".join(f"{face} {colour}" for face, colour in cube.items())
        for turn in key.turns:
            cube = turned(cube, turn)
        lines = [f"{i}. The {a} face comes to the {b}." for i, (a, b) in enumerate(key.turns, 1)]
        return Content(
            slots={"faces": faces, "turns": "\n".join(lines), "asked": ", ".join(key.asked)},
            reference=json.dumps([cube[face] for face in key.asked]),
            effort=len(key.turns) * 4 + len(key.asked),
            meta={"num_turns": len(key.turns)},
            symbols=key.colours,
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Colours of the cube in some order."""
        colours = [colour for colour in _COLOURS if f" {colour}" in task.prompt]
        return ", ".join(rng.sample(colours, len(json.loads(task.reference))))


def turned(cube: dict[str, str], turn: Turn) -> dict[str, str]:
    """The cube after a quarter turn: of the four faces around its axis each moves to the next place."""
    start, end = turn
    ring = (start, end, _OPPOSITE[start], _OPPOSITE[end])
    return cube | {ring[(i + 1) % 4]: cube[ring[i]] for i in range(4)}
