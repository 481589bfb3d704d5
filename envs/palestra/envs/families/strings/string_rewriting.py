"""Rewriting a string by rules until none fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import TextAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_LETTERS = "abcd"
_MAX_STEPS = 60
_MIN_RESULT = 3

Rule = tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class StringRewritingConfig(FamilyConfig):
    """Which strings are rewritten."""

    length: int = ramp(7, 15, low=3, high=60)
    """Letters of the string."""
    num_rules: int = ramp(2, 4, low=1, high=8)
    """How many rules there are."""
    min_steps: int = ramp(1, 12, low=1, high=50)
    """Fewest replacements until no rule fits."""


@dataclass(frozen=True, slots=True)
class StringRewritingKey:
    """The string, and the rules in their order."""

    text: str
    rules: tuple[Rule, ...]


class StringRewriting(Question[StringRewritingConfig, StringRewritingKey]):
    """Strings of the letters a to d that come to rest."""

    id: ClassVar[str] = "palestra/StringRewriting-v1"
    Config: ClassVar[type[StringRewritingConfig]] = StringRewritingConfig
    templates = (
        "Rewrite `{text}` by these rules, in order of priority: {rules}. Always take the first rule that fits and "
        "replace its leftmost occurrence; repeat until no rule fits.",
        "String: {text}\nRules: {rules}\nAgain and again, the first rule of the list whose left side occurs replaces "
        "its leftmost occurrence. What is left when none applies?",
        "Start: {text}\nIn each step use the first applicable rule of {rules}, at the leftmost possible place. Stop "
        "when no rule is applicable.",
        "What does `{text}` become under the rules {rules}, if in each step the earliest rule that applies is used at "
        "its leftmost place, until none applies?",
    )
    answer_format = "The last line of your reply must be the final string alone."
    verifier = TextAnswer()

    def draw(self, rng: KeyedRandom) -> StringRewritingKey:
        """Rules that shorten a string or bring two letters into order, so that it comes to rest, and a string."""
        rules: dict[str, str] = {}
        while len(rules) < self.config.num_rules:
            first, second = rng.choice(_LETTERS), rng.choice(_LETTERS)
            is_swap = first > second and rng.below(3) > 0
            rules.setdefault(first + second, second + first if is_swap else rng.choice(_LETTERS))
        lefts, text = tuple(rules), ""
        while len(text) < self.config.length:
            text += rng.choice(lefts) if rng.below(2) else rng.choice(_LETTERS)
        return StringRewritingKey(text[: self.config.length], tuple(rules.items()))

    def build(self, key: StringRewritingKey, rng: KeyedRandom) -> Content | None:
        """Rewrite; None where that takes too few steps, or too many, or leaves next to nothing."""
        result, num_steps = rewritten(key.text, key.rules)
        if not self.config.min_steps <= num_steps < _MAX_STEPS or len(result) < _MIN_RESULT:
            return None
        return Content(
            slots={"text": key.text, "rules": ", ".join(f"`{left} -> {right}`" for left, right in key.rules)},
            reference=result,
            effort=num_steps,
            meta={"num_steps": num_steps},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """As many random letters."""
        return "".join(rng.choice(_LETTERS) for _ in task.reference)


def rewritten(text: str, rules: tuple[Rule, ...]) -> tuple[str, int]:
    """The string at rest and the steps to it; 60 steps where there is no rest by then.

    >>> rewritten("baab", (("ba", "ab"),))
    ('aabb', 2)
    """
    for num_steps in range(_MAX_STEPS):
        rule = next((rule for rule in rules if rule[0] in text), None)
        if rule is None:
            return text, num_steps
        text = text.replace(*rule, 1)
    return text, _MAX_STEPS
