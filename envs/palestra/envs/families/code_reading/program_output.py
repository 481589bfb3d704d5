"""What does this program print?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.code_reading.interpreter import Interpreter, ProgramError
from palestra.envs.families.code_reading.writer import Shape, Writer
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_LARGEST = 10**6


@dataclass(frozen=True, kw_only=True, slots=True)
class ProgramOutputConfig(FamilyConfig):
    """Which programs are asked."""

    num_variables: int = ramp(2, 5, low=2, high=6)
    """How many variables, 2..6."""
    num_statements: int = ramp(1, 14, low=1, high=40)
    """How many statements after the first values, 1..40; blocks may add a few."""
    depth: int = stages(0, 1, 1, 2, 3, choices=(0, 1, 2, 3))
    """How deep blocks nest, 0..3."""
    high: int = ramp(9, 20, low=5, high=99)
    """Largest number in the program."""

    def shape(self) -> Shape:
        """For the writer."""
        return Shape(
            num_variables=self.num_variables, num_statements=self.num_statements, depth=self.depth, high=self.high
        )


class ProgramOutput(Question[ProgramOutputConfig, str]):
    """Programs of assignments, conditions and loops; the key is the program's text."""

    id: ClassVar[str] = "palestra/ProgramOutput-v1"
    Config: ClassVar[type[ProgramOutputConfig]] = ProgramOutputConfig
    templates = (
        "What does this Python program print?\n\n{program}\n",
        "Run this Python program in your head.\n\n{program}\n\nWhat is its output?",
        "{program}\n\nGive the output of this Python program.",
        "Read the Python program below and predict what it prints.\n\n{program}\n",
    )
    answer_format = "Reply with the printed line alone."
    verifier = IntegersAnswer()

    def draw(self, rng: KeyedRandom) -> str:
        """Write a program."""
        writer = Writer(shape=self.config.shape(), rng=rng)
        return f"{writer.write()}\nprint({', '.join(writer.names)})"

    def canonical(self, key: str) -> str:
        """The text."""
        return key

    def build(self, key: str, rng: KeyedRandom) -> Content | None:
        """Run it."""
        try:
            run = Interpreter(key).run()
        except ProgramError:
            return None
        values = [value for name, value in run.scope.items() if name not in "ijk"]
        if max(map(abs, values)) > _LARGEST:
            return None
        return Content(
            slots={"program": key},
            reference=json.dumps(values),
            effort=run.steps,
            meta={"num_lines": key.count("\n") + 1, "num_steps": run.steps},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """As many small numbers as are printed."""
        return " ".join(str(rng.between(-9, 40)) for _ in json.loads(task.reference))
