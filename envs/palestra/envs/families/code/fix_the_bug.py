"""A function with mistakes and what it should do: mend it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import ramp
from palestra.envs.families.code.bugs import damage
from palestra.envs.families.code.cheats import fenced
from palestra.envs.families.code.recipe import Recipe, draw_recipe
from palestra.envs.families.code.recipe_question import FunctionQuestion, RecipeConfig, SolvedRecipe
from palestra.envs.family import Content
from palestra.envs.record import encode
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class FixTheBugConfig(RecipeConfig):
    """Which functions are broken, and how much."""

    num_steps: int = ramp(2, 6, low=1, high=10)
    """How many steps a recipe has, 1..10."""
    num_bugs: int = ramp(1, 3, low=1, high=4)
    """How many mistakes are made, 1..4."""


class FixTheBug(FunctionQuestion[FixTheBugConfig, Recipe]):
    """Functions with seeded mistakes, each of which hidden inputs show; the function as it is earns nothing."""

    id: ClassVar[str] = "palestra/FixTheBug-v1"
    Config: ClassVar[type[FixTheBugConfig]] = FixTheBugConfig
    templates = (
        "This Python function has {bugs}:\n```\n{program}\n```\n{signature}. It should do these steps, each with the "
        "result of the one before:\n{steps}\nRight would be:\n{examples}\nMend it.",
        "{signature}. Its steps, each of which works on what the one before gave, should be:\n{steps}\nSo these are "
        "right:\n{examples}\nThe code, however, has {bugs}:\n```\n{program}\n```\nWrite the function as it should be.",
        "Code review. What the author was asked for ({signature}):\n{steps}\nEvery step takes the result of the one "
        "before. What came back:\n```\n{program}\n```\nIt has {bugs}. Expected:\n{examples}\nGive the mended code.",
        "```\n{program}\n```\nSomewhere above there is trouble: {bugs}. The function was to take these steps, one "
        "after the other:\n{steps}\n({signature}.) It should behave like this:\n{examples}\nRepair it.",
    )

    def draw(self, rng: KeyedRandom) -> Recipe:
        """Draw the steps of the right function."""
        return draw_recipe(self.config.num_steps, rng)

    def recipe(self, key: Recipe) -> Recipe:
        """The key itself."""
        return key

    def build(self, key: Recipe, rng: KeyedRandom) -> Content | None:
        """Break the function where it shows."""
        solved = SolvedRecipe.of(key, rng)
        if solved is None:
            return None
        right = [json.dumps(value) for value in solved.expected]
        broken = damage(solved.source, solved.inputs, right, rng, self.config.num_bugs)
        if broken is None:
            return None
        count = self.config.num_bugs
        return Content(
            slots={
                **solved.slots(),
                "program": broken.source,
                "bugs": "one mistake" if count == 1 else f"{count} mistakes in different lines",
            },
            reference=encode(solved.hidden_calls()),
            effort=broken.source.count("\n") * count,
            meta={"num_bugs": count, "num_steps": len(key.steps)},
        )

    def hacks(self, task: Task) -> tuple[str, ...]:
        """The function as it was given, too."""
        program = task.prompt.partition("```\n")[2].partition("\n```")[0]
        return (fenced(program), *super().hacks(task))
