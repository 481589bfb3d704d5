"""Number sequences: find the next term. No rule as short as the drawn one explains the terms and goes on otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import NumberAnswer
from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.families.induction.sequence_rules import RULES, Terms, num_rules
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_LARGEST = 10**7


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberSequenceConfig(FamilyConfig):
    """Which sequences are asked."""

    complexity: int = stages(2, 3, 3, 4, 4, 5, choices=(2, 3, 4, 5))
    """How many numbers decide the sequence, 2..5; odd rules count for 1 more."""
    high: int = geometric(15, 30, low=4, high=1000)
    """How large these numbers are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberSequenceKey:
    """A sequence with its next term."""

    rule: str
    terms: Terms


class NumberSequence(Question[NumberSequenceConfig, NumberSequenceKey]):
    """Sequences by recurrences, by their differences, by signs and by turns."""

    id: ClassVar[str] = "palestra/NumberSequence-v1"
    Config: ClassVar[type[NumberSequenceConfig]] = NumberSequenceConfig
    templates = (
        "{terms}, ...\nWhat is the next number?",
        "Continue the sequence by one number: {terms}, ...",
        "A simple rule makes this sequence: {terms}, ...\nWhich number follows?",
        "Find the number that comes after these: {terms}.",
    )
    answer_format = "Reply with the number only."
    verifier = NumberAnswer()

    def draw(self, rng: KeyedRandom) -> NumberSequenceKey:
        """Draw a rule of the complexity, its numbers, and the terms."""
        complexity = self.config.complexity
        rule = rng.choice([rule for rule in RULES if rule.complexity == complexity])
        num_terms = complexity + 4
        return NumberSequenceKey(rule=rule.name, terms=rule.terms(num_terms, self.config.high, rng))

    def canonical(self, key: NumberSequenceKey) -> str:
        """The terms."""
        return " ".join(map(str, key.terms))

    def composition(self, key: NumberSequenceKey) -> str:
        """The names of the rules that were put into one another."""
        return key.rule if "(" in key.rule else ""

    def build(self, key: NumberSequenceKey, rng: KeyedRandom) -> Content | None:
        """Show all terms but the last one, if they tell it."""
        *shown, answer = key.terms
        if max(map(abs, key.terms)) > _LARGEST or answer in shown:
            return None
        complexity = self.config.complexity
        for rule in RULES:
            following = rule.next(shown) if rule.complexity <= complexity else None
            if following is not None and (rule.complexity < complexity or following != answer):
                return None
        return Content(
            slots={"terms": ", ".join(map(str, shown))},
            reference=str(answer),
            effort=num_rules(complexity) + len(str(abs(answer))),
            meta={"complexity": complexity, "num_terms": len(shown)},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A number somewhat larger than the largest one shown."""
        return str(rng.between(-9, 10 * self.config.high))
