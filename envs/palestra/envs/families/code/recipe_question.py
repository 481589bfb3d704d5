"""What the families of recipes share: how a recipe becomes hidden calls, and how a function is answered."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.code.calls_verifier import CallsVerifier, HiddenCalls
from palestra.envs.families.code.cheats import fenced, general_cheats, hard_coded
from palestra.envs.families.code.recipe import ENTRY_POINT, Recipe, draw_inputs, draw_recipe, is_telling
from palestra.envs.family import KeyT
from palestra.envs.question import Question
from palestra.envs.record import decode
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

NUM_VISIBLE, NUM_HIDDEN = 3, 12
NUM_TRACED = 8
"""So many of the hidden inputs must show what every step does."""
_MAX_VALUE_CHARS = 600
PUZZLES = "recipes"
"""Families of recipes split them alike: what one trains on is no test of another."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RecipeConfig(FamilyConfig):
    """Which recipes are drawn."""

    num_steps: int = ramp(2, 7, low=1, high=10)
    """How many steps a recipe has, 1..10."""


RecipeConfigT = TypeVar("RecipeConfigT", bound=RecipeConfig)


@dataclass(frozen=True, kw_only=True, slots=True)
class SolvedRecipe:
    """A recipe, inputs that tell its steps apart, and its values for them."""

    recipe: Recipe
    source: str
    visible: tuple[tuple[Any, Any], ...]
    """Pairs of input and value for the prompt."""
    inputs: tuple[Any, ...]
    """Those that stay hidden."""
    expected: tuple[Any, ...]

    @classmethod
    def of(cls, recipe: Recipe, rng: KeyedRandom) -> SolvedRecipe | None:
        """Draw the inputs; None where the values do not show what the recipe does."""
        inputs = draw_inputs(recipe.takes, NUM_HIDDEN + NUM_VISIBLE, rng)
        # The first, which is empty, stays hidden; the last ones are shown.
        traces = [recipe.trace(value) for value in inputs[:NUM_TRACED]]
        if not is_telling(recipe, traces):
            return None
        right = [trace[-1] for trace in traces] + [recipe.trace(value)[-1] for value in inputs[NUM_TRACED:]]
        if any(len(repr(value)) > _MAX_VALUE_CHARS for value in right):
            return None
        return cls(
            recipe=recipe,
            source=recipe.source(),
            visible=tuple(zip(inputs[NUM_HIDDEN:], right[NUM_HIDDEN:], strict=True)),
            inputs=tuple(inputs[:NUM_HIDDEN]),
            expected=tuple(right[:NUM_HIDDEN]),
        )

    def hidden_calls(self) -> HiddenCalls:
        """The reference of a question that asks for the function."""
        return HiddenCalls(
            entry_point=ENTRY_POINT,
            inputs=json.dumps(self.inputs),
            expected=json.dumps(self.expected),
            visible=json.dumps(self.visible),
            solution=self.source,
        )

    def slots(self) -> dict[str, str]:
        """Signature, specification and examples for a template."""
        return {"signature": self.recipe.signature(), "steps": self.recipe.prose(), "examples": shown(self.visible)}


class RecipeQuestion(Question[RecipeConfigT, KeyT], Generic[RecipeConfigT, KeyT]):
    """A family that is made of recipes."""

    puzzles: ClassVar[str] = PUZZLES

    @abstractmethod
    def recipe(self, key: KeyT) -> Recipe:
        """The recipe of a key."""

    def canonical(self, key: KeyT) -> str:
        """The function."""
        return self.recipe(key).source()

    def composition(self, key: KeyT) -> str:
        """The operations that are combined; a single one is no combination."""
        recipe = self.recipe(key)
        return recipe.kinds if len(recipe.steps) > 1 else ""


class FunctionQuestion(RecipeQuestion[RecipeConfigT, KeyT], Generic[RecipeConfigT, KeyT]):
    """A family of recipes whose answers are functions."""

    answer_format = f"Put the whole function `{ENTRY_POINT}` into one ```python block."
    verifier: ClassVar[CallsVerifier] = CallsVerifier()

    def oracle(self, task: Task) -> str:
        """The function of the recipe."""
        return fenced(decode(HiddenCalls, task.reference).solution)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """The function of another recipe."""
        return fenced(draw_recipe(self.config.num_steps, rng).source())

    def hacks(self, task: Task) -> tuple[str, ...]:
        """The shown examples by heart, and attacks on values, process and channel."""
        return (hard_coded(json.loads(decode(HiddenCalls, task.reference).visible)), *general_cheats())


def shown(pairs: Sequence[tuple[Any, Any]]) -> str:
    """Examples, one a line."""
    return "\n".join(f"{ENTRY_POINT}({given!r}) returns {value!r}" for given, value in pairs)
