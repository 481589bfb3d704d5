"""A function and a call: what comes out?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

from palestra.envs.answers import final_line
from palestra.envs.config import ramp, stages
from palestra.envs.families.code.mutation import Workpiece
from palestra.envs.families.code.operations import EvaluationError
from palestra.envs.families.code.recipe import ENTRY_POINT, Recipe, draw_recipe
from palestra.envs.families.code.recipe_question import RecipeConfig, RecipeQuestion, SolvedRecipe
from palestra.envs.families.code.shapes import copied, draw_input
from palestra.envs.family import Content
from palestra.envs.task import Task
from palestra.verifiers import Verdict, Verifier
from palestra.verifiers.answer import quote
from palestra.verifiers.keyed_random import KeyedRandom

_TOKEN = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|\w+|[^\s\w]")
_MIN_CHARS, _MAX_CHARS = 9, 200
_MIN_NUMBER = 100


class PrintedValue(Verifier[tuple[str, ...]]):
    """PASS when the final line is the printed value, but for blanks between its parts and the kind of quotes.

    Reference: the value as Python prints it. No program is run.
    """

    name: ClassVar[str] = "printed-value"

    def parse_reference(self, reference: str) -> tuple[str, ...]:
        """Cut the value into its parts."""
        if not (parts := _parts(reference)):
            raise ValueError("the reference is empty")
        return parts

    def judge(self, response: str, reference: tuple[str, ...]) -> Verdict:
        """Compare part by part."""
        line = final_line(response)
        if _parts(line.strip("`")) == reference:
            return Verdict.passed("the printed value is right")
        return Verdict.failed(f"`{quote(line)}` is not what is printed")


def _parts(text: str) -> tuple[str, ...]:
    parts = tuple(part.replace('"', "'") if part[0] == '"' else part for part in _TOKEN.findall(text))
    # `print` shows a text without quotes; an answer with quotes around all of it means the same.
    return tuple(_TOKEN.findall(parts[0][1:-1])) if len(parts) == 1 and parts[0][0] == "'" else parts


def _is_guessable(value: object) -> bool:
    """Whether a value is one of the few that come out often: small numbers, and what is short or all the same."""
    if isinstance(value, str | list | dict):
        return len(str(value)) < _MIN_CHARS or len({str(item) for item in value}) < 2
    return not isinstance(value, int) or abs(value) < _MIN_NUMBER


@dataclass(frozen=True, kw_only=True, slots=True)
class PredictOutputConfig(RecipeConfig):
    """Which functions are run."""

    num_steps: int = ramp(2, 5, low=1, high=10)
    """How many steps a recipe has, 1..10."""
    is_damaged: bool = stages(False, True)
    """Whether a random change was made in the function, so that it does nothing that would have a name."""


class PredictOutput(RecipeQuestion[PredictOutputConfig, Recipe]):
    """Functions of several steps and one call; half of the difficulties change the function at random."""

    id: ClassVar[str] = "palestra/PredictOutput-v1"
    Config: ClassVar[type[PredictOutputConfig]] = PredictOutputConfig
    templates = (
        "What does this Python program print?\n\n{program}\n\nprint({call})\n",
        "{program}\n\nprint({call})\n\nWork out the output of this Python program.",
        "The Python function below is called as `{call}`, and the value is printed. What is shown?\n\n{program}\n",
        "Be the interpreter: what appears when Python runs this?\n\n{program}\n\nprint({call})\n",
    )
    answer_format = "Put what is printed, and nothing else, on the last line of your reply."
    verifier = PrintedValue()

    def draw(self, rng: KeyedRandom) -> Recipe:
        """Draw the steps."""
        return draw_recipe(self.config.num_steps, rng)

    def recipe(self, key: Recipe) -> Recipe:
        """The key itself."""
        return key

    def build(self, key: Recipe, rng: KeyedRandom) -> Content | None:
        """Run the function; None where the value is easy to guess, or stands in the prompt."""
        source = key.source()
        given = draw_input(key.takes, rng.between(5, 9), rng)
        plain = key.trace(given)[-1]
        if _is_guessable(plain):
            return None
        piece = Workpiece(source)
        edits = list(islice(piece.edits(rng), 1)) if self.config.is_damaged else []
        try:
            outcome = piece.compiled(edits).call(copied(given))
        except EvaluationError:
            return None
        printed = str(outcome.value)
        if edits:
            if printed == str(plain):
                return None  # the change does not show
            source = piece.written(edits)
        call = f"{ENTRY_POINT}({given!r})"
        if _is_guessable(outcome.value) or len(printed) > _MAX_CHARS or printed in f"{source} {call}":
            return None
        return Content(
            slots={"program": source, "call": call},
            reference=printed,
            effort=source.count("\n") * (2 if edits else 1),
            meta={"num_steps": len(key.steps), "num_ticks": outcome.ticks},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """The value of the recipe's shape for another input."""
        recipe = draw_recipe(self.config.num_steps, rng)
        solved = SolvedRecipe.of(recipe, rng)
        return "[1, 2]" if solved is None else str(solved.expected[-1])
