"""Truth tables: the last column of a formula's table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.logic.bits_answer import BitsAnswer
from palestra.envs.families.logic.formulas import Formula, draw_formula, legend
from palestra.envs.families.logic.truth_sets import every
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_LETTERS = "ABCDE"


@dataclass(frozen=True, kw_only=True, slots=True)
class TruthTableConfig(FamilyConfig):
    """How large the formulas are."""

    letters: int = stages(3, 3, 3, 4, 4, 5, choices=(2, 3, 4, 5))
    """Letters; the table has 2**letters rows."""
    size: int = ramp(3, 12, low=2, high=24)
    """Letters with repetitions."""
    operators: str = stages("& |", "& | ->", "& | -> <->")
    """Signs beside ~."""


class TruthTable(Question[TruthTableConfig, Formula]):
    """The key is the formula."""

    id: ClassVar[str] = "palestra/TruthTable-v1"
    Config: ClassVar[type[TruthTableConfig]] = TruthTableConfig
    templates = (
        "{formula}\n{legend}\nGive the last column of this formula's truth table, as 0s and 1s. Its rows are the "
        "values of {letters} from {first} to {last}, in counting order.",
        "Write down the truth table of {formula} {legend}: the result for each value of {letters}, in the order of "
        "binary numbers from {first} to {last}, 1 for true and 0 for false.",
        "For {letters} = {first}, and so on in counting order up to {last} (1 is true, 0 false), what is the value of "
        "{formula} {legend}?",
    )
    answer_format = "End your reply with a line that has only the digits, one for each row, such as `01101000`."
    verifier = BitsAnswer()
    floor = 0.05

    def draw(self, rng: KeyedRandom) -> Formula:
        """A formula in which every letter occurs."""
        config = self.config
        letters = set(_LETTERS[: config.letters])
        while True:
            formula = draw_formula(config.letters, max(config.size, config.letters), config.operators.split(), rng)
            if letters <= set(formula.text(_LETTERS)):
                return formula

    def canonical(self, key: Formula) -> str:
        """The formula with its letters renamed in the order in which they occur."""
        names: dict[str, str] = {}
        text = key.text(_LETTERS)
        return "".join(names.setdefault(c, str(len(names))) if c in _LETTERS else c for c in text)

    def build(self, key: Formula, rng: KeyedRandom) -> Content | None:
        """Ask for the column; None where it is constant."""
        n = self.config.letters
        truth = key.true_in(n)
        if truth in (0, every(n)):
            return None
        # In a row of the table the first letter is the highest digit; in an assignment it is bit 0.
        column = "".join(str(truth >> int(f"{row:0{n}b}"[::-1], 2) & 1) for row in range(1 << n))
        text = key.text(_LETTERS)
        return Content(
            slots={
                "formula": text,
                "legend": legend([key]),
                "letters": _LETTERS[:n],
                "first": "0" * n,
                "last": "1" * n,
            },
            reference=column,
            effort=len(column) * len(text),
            meta={"letters": n},
            symbols=tuple(_LETTERS[:n]),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Digits by the toss of a coin."""
        return "".join(str(rng.below(2)) for _ in task.reference)
