"""Entailment: which formulas follow from the premises."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.logic.formulas import Formula, draw_formula, legend
from palestra.envs.families.logic.selection import SelectionQuestion, mixed, numbered
from palestra.envs.families.logic.shapes import canonical_text
from palestra.envs.families.logic.truth_sets import every
from palestra.envs.family import Content
from palestra.verifiers.keyed_random import KeyedRandom

_LETTERS = "ABCDEFGH"
_CANDIDATES_PER_OPTION = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class PropositionalEntailmentConfig(FamilyConfig):
    """How much is told and asked."""

    letters: int = ramp(3, 7, low=2, high=8)
    """Propositions."""
    premises: int = ramp(2, 8, low=1, high=12)
    """Formulas that are given."""
    size: int = stages(2, 2, 3, choices=(2, 3, 4))
    """Letters of the largest premise."""
    options: int = ramp(5, 8, low=3, high=12)
    """Formulas that are asked about."""
    operators: str = stages("& | ->", "| ->", "| -> <->", choices=("& | ->", "| ->", "| -> <->", "& | -> <->"))
    """Signs of the premises."""


class PropositionalEntailment(SelectionQuestion[PropositionalEntailmentConfig, tuple[Formula, ...]]):
    """The key has the premises."""

    id: ClassVar[str] = "palestra/PropositionalEntailment-v1"
    Config: ClassVar[type[PropositionalEntailmentConfig]] = PropositionalEntailmentConfig
    templates = (
        "All of this is true {legend}:\n{premises}\nWhich of these must then be true as well?\n{options}",
        "Premises {legend}:\n{premises}\nWhich conclusions follow, whatever the letters stand for?\n{options}",
        "Let these formulas hold {legend}:\n{premises}\nFind all of these that hold in every such case.\n{options}",
    )
    answer_format = "End your reply with a line that has only the numbers of those that follow, such as `1, 4`."

    def draw(self, rng: KeyedRandom) -> tuple[Formula, ...]:
        """Premises by chance."""
        config = self.config
        operators = config.operators.split()
        first = draw_formula(config.letters, 1, operators, rng)
        sizes = [rng.between(2, config.size) for _ in range(config.premises - 1)]
        return (first, *(draw_formula(config.letters, size, operators, rng) for size in sizes))

    def canonical(self, key: tuple[Formula, ...]) -> str:
        """The premises without the names of letters."""
        return canonical_text([formula.line() for formula in key], self.config.letters)

    def build(self, key: tuple[Formula, ...], rng: KeyedRandom) -> Content | None:
        """Ask about formulas that follow and others; None where the premises contradict each other."""
        config, n = self.config, self.config.letters
        letters = _LETTERS[:n]
        models = every(n)
        for formula in key:
            models &= formula.true_in(n)
        if not models:
            return None
        told = {formula.text(letters) for formula in key}
        texts: dict[bool, dict[str, None]] = {True: {}, False: {}}
        for i in range(config.options * _CANDIDATES_PER_OPTION):
            formula = draw_formula(n, 1 + i % 2, ("&", "|", "->"), rng)
            truth = formula.true_in(n)
            if truth not in (0, every(n)) and (text := formula.text(letters)) not in told:
                texts[not models & ~truth][text] = None
        chosen = mixed(list(texts[True]), list(texts[False]), config.options, rng)
        if chosen is None:
            return None
        options, right = chosen
        premises = rng.sample([formula.text(letters) for formula in key], len(key))
        return Content(
            slots={
                "legend": legend(_with_all_signs(key)),
                "premises": "\n".join(premises),
                "options": numbered(options),
            },
            reference=json.dumps(right),
            effort=sum(len(formula.text("x" * n)) for formula in key) + 4 * len(options),
            meta={"options": len(options), "letters": n},
            symbols=tuple(letters),
        )


def _with_all_signs(key: tuple[Formula, ...]) -> list[Formula]:
    """The premises and what options may add."""
    letter = Formula(letter=0, is_denied=True)
    return [*key, *(Formula(operator=sign, parts=(letter, letter)) for sign in ("&", "|", "->"))]
