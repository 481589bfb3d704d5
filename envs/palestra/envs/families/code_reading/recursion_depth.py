"""A recursive function: what does it return, and how often is it called?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.code_reading.interpreter import Interpreter, ProgramError
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_LARGEST = 10**7


@dataclass(frozen=True, kw_only=True, slots=True)
class RecursionDepthConfig(FamilyConfig):
    """Which functions are asked."""

    num_branches: int = stages(1, 1, 2, 2, 2, choices=(1, 2))
    """How many calls of itself the function makes at most, 1 or 2."""
    has_condition: bool = stages(False, False, True)
    """Whether it depends on the argument which calls are made."""
    argument: int = ramp(9, 12, low=3, high=40)
    """Largest argument."""
    min_calls: int = ramp(3, 18, low=1, high=200)
    """Fewest calls in all."""
    max_calls: int = ramp(6, 60, low=3, high=1000)
    """Most calls in all."""


class RecursionDepth(Question[RecursionDepthConfig, tuple[str, int]]):
    """Functions of one number that call themselves with smaller ones; the key is the function and its argument."""

    id: ClassVar[str] = "palestra/RecursionDepth-v1"
    Config: ClassVar[type[RecursionDepthConfig]] = RecursionDepthConfig
    templates = (
        "{program}\n\nWhat does {call} return, and how often is f called in all, this first call included?",
        "A recursive Python function:\n\n{program}\n\n"
        "Give the value of {call} and the number of calls of f that it takes, the first one included.",
        "Consider this Python function.\n\n{program}\n\n{call} is called. What is its value, and how many calls of f "
        "are made altogether (count this one too)?",
    )
    answer_format = "Reply with the value and the number of calls, separated by a comma."
    verifier = IntegersAnswer()

    def draw(self, rng: KeyedRandom) -> tuple[str, int]:
        """Write a function."""
        config = self.config
        one, two = rng.between(1, 3), rng.between(1, 4)
        bound = rng.between(1, 3)
        lines = [
            "def f(n):",
            f"    if n <= {bound}:",
            f"        return {rng.choice(('n', 'n + 1', str(rng.between(1, 20))))}",
        ]
        if config.has_condition:
            rest = rng.between(2, 3)
            lines.append(f"    if n % {rest} == {rng.below(rest)}:")
            lines.append(f"        return f(n - {rng.between(1, 3)}) {_end(rng)}")
        if config.num_branches == 1:
            lines.append(f"    return f(n - {one}) {_end(rng)}")
        else:
            joint = rng.choice(("+", "+", "-", "+ 2 *"))
            lines.append(f"    return f(n - {one}) {joint} f(n - {two}) {_end(rng)}")
        return "\n".join(lines), rng.between(bound + 1, max(bound + 2, config.argument))

    def build(self, key: tuple[str, int], rng: KeyedRandom) -> Content | None:
        """Run it and count."""
        program, argument = key
        interpreter = Interpreter(program)
        run = interpreter.run()
        try:
            value = interpreter.call("f", (argument,))
        except ProgramError:
            return None
        if not self.config.min_calls <= run.num_calls <= self.config.max_calls or abs(value) > _LARGEST:
            return None
        return Content(
            slots={"program": program, "call": f"f({argument})"},
            reference=json.dumps([value, run.num_calls]),
            effort=run.num_calls,
            meta={"argument": argument},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A small value and a number of calls that is allowed."""
        return f"{rng.between(1, 60)}, {rng.between(self.config.min_calls, self.config.max_calls)}"


def _end(rng: KeyedRandom) -> str:
    return rng.choice((f"+ {rng.between(1, 9)}", "+ n", f"- {rng.between(1, 5)}", f"+ {rng.between(1, 9)}"))
