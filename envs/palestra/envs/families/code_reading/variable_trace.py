"""What are the variables when a line has just been run for the k-th time?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer
from palestra.envs.config import ramp, stages
from palestra.envs.families.code_reading.interpreter import Interpreter, ProgramError
from palestra.envs.families.code_reading.program_output import ProgramOutputConfig
from palestra.envs.families.code_reading.writer import Writer
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_LARGEST = 10**6
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


@dataclass(frozen=True, kw_only=True, slots=True)
class VariableTraceConfig(ProgramOutputConfig):
    """Which programs are asked."""

    num_variables: int = ramp(2, 4, low=2, high=6)
    """How many variables, 2..6."""
    num_statements: int = ramp(1, 8, low=1, high=40)
    """How many statements the loop has, 1..40; blocks may add a few."""
    depth: int = stages(0, 0, 1, 1, 2, choices=(0, 1, 2))
    """How deep blocks nest in the loop, 0..2."""
    num_rounds: int = ramp(2, 8, low=2, high=20)
    """How often the loop runs, 2..20."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TraceKey:
    """A program, a share of its loop's lines and a share of their visits, per mille each."""

    program: str
    line: int
    visit: int


class VariableTrace(Question[VariableTraceConfig, TraceKey]):
    """A loop of which some line's visit is asked; lines are numbered."""

    id: ClassVar[str] = "palestra/VariableTrace-v1"
    Config: ClassVar[type[VariableTraceConfig]] = VariableTraceConfig
    templates = (
        "A Python program with numbered lines:\n\n{program}\n\n"
        "What are the values of {names} right after line {line} has been run for the {nth} time?",
        "Trace this Python program; the numbers of lines are no part of it.\n\n{program}\n\n"
        "Line {line} has just been run for the {nth} time. Give the values of {names} then.",
        "{program}\n\nStop this Python program (shown with line numbers) as soon as line {line} has been done "
        "for the {nth} time. What are {names} now?",
    )
    answer_format = "Reply with the values alone, in this order, separated by commas."
    verifier = IntegersAnswer()

    def draw(self, rng: KeyedRandom) -> TraceKey:
        """Write a program with a loop."""
        config = self.config
        writer = Writer(shape=config.shape(), rng=rng)
        writer.names = ("a", "b", "c", "d", "e", "f")[: config.num_variables]
        first = [f"{name} = {rng.between(1, config.high)}" for name in writer.names]
        writer.counters.append("i")
        body = writer.statements_only().replace("\n", "\n    ")
        program = "\n".join([*first, f"for i in range({config.num_rounds}):", f"    {body}"])
        return TraceKey(program=program, line=rng.below(1000), visit=rng.below(1000))

    def canonical(self, key: TraceKey) -> str:
        """The program: different questions about it are not kept apart."""
        return key.program

    def build(self, key: TraceKey, rng: KeyedRandom) -> Content | None:
        """Run it and look the visit up."""
        try:
            run = Interpreter(key.program, is_traced=True).run()
        except ProgramError:
            return None
        lines = key.program.split("\n")
        names = [line[0] for line in lines if not line.startswith((" ", "for"))]
        plain = [number for number, line in enumerate(lines, 1) if line.startswith("    ") and not line.endswith(":")]
        line = plain[key.line * len(plain) // 1000]
        visits = [(number, visit) for number, visit in enumerate(run.visits or []) if visit.line == line]
        visits = visits[: len(_ORDINALS)]
        if not visits:
            return None
        nth = len(visits) - 1 - key.visit * (len(visits) // 2 + 1) // 1000
        steps, visit = visits[nth]
        if 4 * steps < len(run.visits or []):
            return None  # soon reached: hardly anything is to be traced
        values = [visit.scope[name] for name in names]
        if max(map(abs, values)) > _LARGEST:
            return None
        width = len(str(len(lines)))
        return Content(
            slots={
                "program": "\n".join(f"{number:>{width}}  {text}" for number, text in enumerate(lines, 1)),
                "names": ", ".join(names),
                "line": str(line),
                "nth": _ORDINALS[nth],
            },
            reference=json.dumps(values),
            effort=steps,
            meta={"num_lines": len(lines), "num_steps": steps},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """As many small numbers as variables."""
        return ", ".join(str(rng.between(-9, 40)) for _ in json.loads(task.reference))
