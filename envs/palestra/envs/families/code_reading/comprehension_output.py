"""Lists that are made of lists by comprehensions: what is the last one?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.code_reading.interpreter import Interpreter, ProgramError
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_NAMES = "abcdefgh"
_LARGEST = 10**6


@dataclass(frozen=True, kw_only=True, slots=True)
class ComprehensionOutputConfig(FamilyConfig):
    """Which programs are asked."""

    num_steps: int = ramp(1, 6, low=1, high=7)
    """How many lists are made of others, 1..7."""
    length: int = ramp(4, 9, low=3, high=20)
    """How many numbers the first list has, 3..20."""
    high: int = ramp(12, 50, low=9, high=99)
    """Largest number of the first list."""


class ComprehensionOutput(Question[ComprehensionOutputConfig, str]):
    """Chains of list comprehensions; the key is the program."""

    id: ClassVar[str] = "palestra/ComprehensionOutput-v1"
    Config: ClassVar[type[ComprehensionOutputConfig]] = ComprehensionOutputConfig
    templates = (
        "What does this Python program print?\n\n{program}\n",
        "{program}\n\nWhich list does this Python program print?",
        "Evaluate these Python list comprehensions and give the printed list.\n\n{program}\n",
        "Predict the output of this Python code.\n\n{program}\n",
    )
    answer_format = "Reply with the list alone."
    verifier = IntegersAnswer()

    def draw(self, rng: KeyedRandom) -> str:
        """Write a chain of comprehensions."""
        numbers = [rng.between(1, self.config.high) for _ in range(self.config.length)]
        lines = [f"a = {numbers}"]
        for i in range(1, self.config.num_steps + 1):
            lines.append(f"{_NAMES[i]} = [{_element(i, rng)} for x in {_NAMES[i - 1]}{_filter(i, rng)}]")
        return "\n".join([*lines, f"print({_NAMES[self.config.num_steps]})"])

    def build(self, key: str, rng: KeyedRandom) -> Content | None:
        """Run it."""
        try:
            run = Interpreter(key).run()
        except ProgramError:
            return None
        made = [values for name, values in run.scope.items() if name != "a"]
        result = made[-1]
        if len(result) < 3 or max(map(abs, result)) > _LARGEST:
            return None
        return Content(
            slots={"program": key},
            reference=json.dumps(result),
            effort=sum(map(len, made)),
            meta={"num_steps": len(made)},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Some small numbers."""
        return str([rng.between(0, 2 * self.config.high) for _ in range(rng.between(3, self.config.length))])


def _element(step: int, rng: KeyedRandom) -> str:
    forms = [
        f"x + {rng.between(1, 9)}",
        f"x * {rng.between(2, 4)}",
        f"x % {rng.between(5, 11)}",
        f"x // {rng.between(2, 4)}",
    ]
    forms += [f"{rng.between(20, 60)} - x", f"x * 2 - {rng.between(1, 9)}"]
    if step > 1:
        before = _NAMES[rng.below(step)]
        forms += [f"x + len({before})", f"x - min({before})", f"max({before}) - x"]
    return rng.choice(forms)


def _filter(step: int, rng: KeyedRandom) -> str:
    if rng.below(2):
        return ""
    forms = [
        "x % 2 == 0",
        "x % 2 == 1",
        f"x % 3 != {rng.below(3)}",
        f"x > {rng.between(2, 12)}",
        f"x < {rng.between(15, 60)}",
    ]
    return f" if {rng.choice(forms)}"
