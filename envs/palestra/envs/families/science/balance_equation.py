"""Balance a chemical equation: the smallest whole coefficients, proven to be the only ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.kinds import kinds
from palestra.envs.families.science.formulas import atoms, coefficients
from palestra.envs.families.science.reactions import Reaction, draw_reaction
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_MAX_COEFFICIENT = 999


@dataclass(frozen=True, kw_only=True, slots=True)
class BalanceEquationConfig(FamilyConfig):
    """Which equations are asked."""

    size: int = ramp(8, 20, low=2, high=40)
    """Most atoms of carbon in a fuel."""
    kinds: str = kinds(
        "burning oxide",
        "burning oxide replacing",
        "burning replacing exchange",
        "replacing exchange fuel",
        "exchange fuel oxidizing",
        "fuel oxidizing",
        "oxidizing",
    )
    """Kinds of reactions: burning oxide replacing exchange fuel oxidizing."""


class BalanceEquation(Question[BalanceEquationConfig, Reaction]):
    """Equations that have one set of coefficients, up to a common factor."""

    id: ClassVar[str] = "palestra/BalanceEquation-v1"
    Config: ClassVar[type[BalanceEquationConfig]] = BalanceEquationConfig
    templates = (
        "Balance the chemical equation {equation}",
        "Which coefficients balance {equation}?",
        "{equation}\nFind the coefficients that balance this equation.",
        "As many atoms of each element must stand on both sides: {equation}",
    )
    answer_format = (
        "End with a line that is the list of the coefficients alone: smallest whole numbers, in the order of the "
        "formulas, separated by commas; 1 is written, too."
    )
    verifier = IntegersAnswer()

    def draw(self, rng: KeyedRandom) -> Reaction:
        """Draw a reaction."""
        return draw_reaction(rng.choice(self.config.kinds.split()), self.config.size, rng)

    def canonical(self, key: Reaction) -> str:
        """The formulas of each side in order."""
        return f"{sorted(key.left)} {sorted(key.right)}"

    def build(self, key: Reaction, rng: KeyedRandom) -> Content | None:
        """Shuffle both sides; none where coefficients are not unique, all 1, or longer than anyone writes."""
        left, right = list(key.left), list(key.right)
        if set(left) & set(right):
            return None
        rng.shuffle(left)
        rng.shuffle(right)
        numbers = coefficients(left, right)
        if numbers is None or max(numbers) == 1 or max(numbers) > _MAX_COEFFICIENT:
            return None
        num_elements = len({element for formula in left for element in atoms(formula)})
        return Content(
            slots={"equation": f"{' + '.join(left)} -> {' + '.join(right)}"},
            reference=str(list(numbers)),
            effort=len(numbers) * num_elements,
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Small coefficients, as many as the equation needs."""
        return ", ".join(str(rng.between(1, 9)) for _ in range(task.reference.count(",") + 1))
