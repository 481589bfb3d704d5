"""The A::B system: tokens that swallow each other or change places."""

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

_TOKENS = ("A#", "#A", "B#", "#B")
_MIN_LEFT = 6  # short remainders would be right too often


@dataclass(frozen=True, kw_only=True, slots=True)
class AbSystemConfig(FamilyConfig):
    """Which programs are run."""

    num_tokens: int = ramp(8, 30, low=3, high=100)
    """How many tokens a program has."""


class AbSystem(Question[AbSystemConfig, tuple[str, ...]]):
    """Programs in which something happens; the order of the steps does not matter for what is left."""

    id: ClassVar[str] = "palestra/AbSystem-v1"
    Config: ClassVar[type[AbSystemConfig]] = AbSystemConfig
    templates = (
        "Rewrite until no rule applies to neighbours: `A# #A` and `B# #B` vanish, `A# #B` becomes `#B A#`, `B# #A` "
        "becomes `#A B#`.\n{program}",
        "Rules for neighbouring tokens: A# #A -> nothing; B# #B -> nothing; A# #B -> #B A#; B# #A -> #A B#.\nApply "
        "them as long as possible to: {program}",
        "Program: {program}\nNeighbours with facing # interact: of the same letter (A# #A, B# #B) both disappear, of "
        "different letters (A# #B, B# #A) they change places. What remains?",
        "{program}\nHere A# #A and B# #B cancel wherever they are neighbours, and A# #B or B# #A swap. Carry on until "
        "nothing more can happen.",
    )
    answer_format = "The last line of your reply must be the remaining tokens, separated by spaces."
    verifier = WordsAnswer()

    def draw(self, rng: KeyedRandom) -> tuple[str, ...]:
        """Random tokens."""
        return tuple(rng.choice(_TOKENS) for _ in range(self.config.num_tokens))

    def build(self, key: tuple[str, ...], rng: KeyedRandom) -> Content | None:
        """Run the program; None where nothing happens, or next to nothing is left."""
        result, num_steps = run(key)
        if num_steps == 0 or len(result) < min(_MIN_LEFT, len(key) - 1):
            return None
        return Content(slots={"program": " ".join(key)}, reference=json.dumps(result), effort=num_steps)

    def oracle(self, task: Task) -> str:
        """The remaining tokens."""
        return " ".join(json.loads(task.reference))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Random tokens."""
        return " ".join(rng.choice(_TOKENS) for _ in json.loads(task.reference))


def run(program: tuple[str, ...]) -> tuple[list[str], int]:
    """What remains, and the number of steps.

    >>> run(("A#", "#B", "B#", "#A"))
    (['#B', 'B#'], 3)
    """
    leading: list[str] = []  # tokens with # in front: they go to the left, past all others
    waiting: list[str] = []  # tokens with # behind, in order
    num_steps = 0
    for token in program:
        if token[1] == "#":
            waiting.append(token)
            continue
        place = next((i for i in range(len(waiting) - 1, -1, -1) if waiting[i][0] == token[1]), -1)
        num_steps += len(waiting) - max(place, 0)
        if place < 0:
            leading.append(token)
        else:
            del waiting[place]
    return leading + waiting, num_steps
