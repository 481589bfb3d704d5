"""A specification in words: write the function."""

from __future__ import annotations

from typing import ClassVar

from palestra.envs.families.code.recipe import ENTRY_POINT, Recipe, draw_recipe
from palestra.envs.families.code.recipe_question import FunctionQuestion, RecipeConfig, SolvedRecipe
from palestra.envs.family import Content
from palestra.envs.record import encode
from palestra.verifiers.keyed_random import KeyedRandom


class WriteFunction(FunctionQuestion[RecipeConfig, Recipe]):
    """Functions of several steps over lists, texts, numbers and records; hidden inputs judge."""

    id: ClassVar[str] = "palestra/WriteFunction-v1"
    Config: ClassVar[type[RecipeConfig]] = RecipeConfig
    templates = (
        "Write a Python function. {signature}. It does these steps, each with the result of the one before:\n"
        "{steps}\nIt returns the result of the last step. Examples:\n{examples}",
        f"Implement `{ENTRY_POINT}` in Python: {{signature}}.\n\nSteps, in this order:\n{{steps}}\n\n"
        "The last result is returned. For instance:\n{examples}",
        "{examples}\n\nThese calls are of a Python function that is lost. {signature}. It worked in steps, each on "
        "what the one before gave:\n{steps}\nand returned the result of the last. Write it again.",
        "Here is what a Python function has to do.\n{steps}\nEvery step works on the result of the one before, and the "
        "last result is returned; {signature}. Some calls of it:\n{examples}\nWrite the function.",
    )

    def draw(self, rng: KeyedRandom) -> Recipe:
        """Draw the steps."""
        return draw_recipe(self.config.num_steps, rng)

    def recipe(self, key: Recipe) -> Recipe:
        """The key itself."""
        return key

    def build(self, key: Recipe, rng: KeyedRandom) -> Content | None:
        """Draw inputs on which every step shows."""
        solved = SolvedRecipe.of(key, rng)
        if solved is None:
            return None
        return Content(
            slots=solved.slots(),
            reference=encode(solved.hidden_calls()),
            effort=solved.source.count("\n"),
            meta={"num_steps": len(key.steps), "takes": str(key.takes), "gives": str(key.gives)},
        )
