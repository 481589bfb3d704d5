"""Recipes: several steps in a row, as a specification in words and as a Python function."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from palestra.envs.families.code.evaluator import Function
from palestra.envs.families.code.number_steps import STEPS_OF_NUMBERS
from palestra.envs.families.code.record_steps import STEPS_OF_RECORDS, STEPS_OF_TABLES
from palestra.envs.families.code.shapes import INPUTS, Shape, draw_input, empty_input
from palestra.envs.families.code.steps import Step
from palestra.envs.families.code.word_steps import STEPS_OF_TEXTS, STEPS_OF_WORDS
from palestra.verifiers.keyed_random import KeyedRandom

ENTRY_POINT = "solve"
_STEPS = {
    steps.takes: steps
    for steps in (STEPS_OF_NUMBERS, STEPS_OF_WORDS, STEPS_OF_RECORDS, STEPS_OF_TEXTS, STEPS_OF_TABLES)
}
_PLACES = re.compile(r"\b(IN|OUT)\b")
_LEAST_DISTINCT = 0.5  # of the values on different inputs


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """Steps, each of which takes what the one before gives."""

    steps: tuple[Step, ...]

    @property
    def takes(self) -> Shape:
        """What the function takes."""
        return self.steps[0].takes

    @property
    def gives(self) -> Shape:
        """What the function returns."""
        return self.steps[-1].gives

    @property
    def kinds(self) -> str:
        """Which operations it combines, in alphabetical order."""
        return " ".join(sorted({step.kind for step in self.steps}))

    def prose(self) -> str:
        """The specification."""
        lines = [f"{number}. {step.prose}" for number, step in enumerate(self.steps, 1)]
        return "\n".join(lines)

    def signature(self) -> str:
        """How the function is called, and what it takes and returns."""
        return f"`{ENTRY_POINT}({self.takes})` takes {self.takes.described} and returns {self.gives.returned}"

    def source(self) -> str:
        """The function."""
        lines, name = [f"def {ENTRY_POINT}({self.takes}):"], str(self.takes)
        for number, step in enumerate(self.steps, 1):
            names = {"IN": name, "OUT": f"{step.gives}_{number}"}
            code = _PLACES.sub(lambda found, names=names: names[found[1]], step.code)  # type: ignore[misc]
            lines += [f"    {line}" for line in code.split("\n")]
            name = names["OUT"]
        return "\n".join([*lines, f"    return {name}"])

    def trace(self, value: Any, start: int = 0) -> list[Any]:
        """The value and what each step from `start` on makes of it. Nothing is changed in place."""
        found = [value]
        for step in self.steps[start:]:
            found.append(_running(step.code)(found[-1]))
        return found


def draw_recipe(num_steps: int, rng: KeyedRandom) -> Recipe:
    """A recipe of that many steps; the same operation never twice in a row."""
    shape = rng.choice(INPUTS)
    steps: list[Step] = []
    while len(steps) < num_steps:
        is_last = len(steps) == num_steps - 1
        gives = [*Shape] if is_last else [shape for shape in Shape if shape is not Shape.NUMBER]
        # Going on with the same shape is likelier.
        step = rng.choice([maker for given in (*gives, shape) for maker in _STEPS[shape].makers(given)])(rng)
        if (steps and step.kind == steps[-1].kind) or (is_last and step.gives is Shape.RECORDS):
            continue
        steps.append(step)
        shape = step.gives
    return Recipe(steps=tuple(steps))


def draw_inputs(shape: Shape, count: int, rng: KeyedRandom) -> list[Any]:
    """Different inputs, of which the first one is empty."""
    found: dict[str, Any] = {"": empty_input(shape)}
    while len(found) < count:
        value = draw_input(shape, rng.between(3, 9), rng)
        found[json.dumps(value)] = value
    return list(found.values())


@lru_cache(maxsize=4096)
def _running(code: str) -> Callable[[Any], Any]:
    """A step as a function of the host's Python: for the texts of `steps.py` alone, never for anything changed."""
    body = "\n".join(f"    {line}" for line in code.split("\n"))
    scope: dict[str, Any] = {}
    exec(compile(f"def step(IN):\n{body}\n    return OUT", "step", "exec"), scope)
    running: Callable[[Any], Any] = scope["step"]
    return running


@lru_cache(maxsize=512)
def compiled(source: str) -> Function:
    """The function of a source, ready to be evaluated.

    Raises:
        EvaluationError: It is not in the small Python.
    """
    return Function.of(source)


def is_telling(recipe: Recipe, traces: Sequence[Sequence[Any]]) -> bool:
    """Whether the values of some runs differ enough, and every step that could be left out is missed.

    Args:
        recipe: What was run.
        traces: For each input, what `Recipe.trace` gives.
    """
    right = [trace[-1] for trace in traces]
    if len({repr(value) for value in right}) < _LEAST_DISTINCT * len(right):
        return False
    if all(trace[0] == trace[-1] for trace in traces):
        return False
    return not any(_can_go(recipe, index, traces) for index in range(len(recipe.steps)))


def _can_go(recipe: Recipe, index: int, traces: Sequence[Sequence[Any]]) -> bool:
    """Whether a step could be left out without a difference in these runs."""
    step = recipe.steps[index]
    if step.takes is not step.gives or len(recipe.steps) == 1:
        return False
    return all(recipe.trace(trace[index], index + 1)[-1] == trace[-1] for trace in traces)
