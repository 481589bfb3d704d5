"""Inserting text into a string by rules that are applied one after the other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import TextAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_LETTERS = "abcde"
_RULES = {
    "after": "insert `{new}` after every `{old}`",
    "before": "insert `{new}` before every `{old}`",
    "double": "write every `{old}` twice",
    "between": "insert `{new}` between any two equal neighbouring letters",
    "every": "insert `{new}` after every third letter",
    "ends": "insert `{new}` at the beginning and `{old}` at the end",
}
_MAX_LETTERS = 200


@dataclass(frozen=True, slots=True)
class Rule:
    """An insertion; what `old` and `new` are depends on its kind."""

    kind: str
    old: str
    new: str

    def text(self) -> str:
        """The rule in words."""
        return _RULES[self.kind].format(old=self.old, new=self.new)

    def applied(self, text: str) -> str:
        """The text after the rule; what is inserted is not looked at again."""
        match self.kind:
            case "after":
                return text.replace(self.old, self.old + self.new)
            case "before":
                return text.replace(self.old, self.new + self.old)
            case "double":
                return text.replace(self.old, self.old * 2)
            case "between":
                return re.sub(r"(.)(?=\1)", rf"\1{self.new}", text)
            case "every":
                return re.sub("(...)", rf"\1{self.new}", text)
        return f"{self.new}{text}{self.old}"


@dataclass(frozen=True, kw_only=True, slots=True)
class StringInsertionConfig(FamilyConfig):
    """Which strings grow, and by how many rules."""

    length: int = ramp(4, 20, low=3, high=100)
    """Letters of the string."""
    num_rules: int = ramp(1, 6, low=1, high=20)
    """How many rules follow each other."""


@dataclass(frozen=True, slots=True)
class StringInsertionKey:
    """The string and the rules."""

    text: str
    rules: tuple[Rule, ...]


class StringInsertion(Question[StringInsertionConfig, StringInsertionKey]):
    """Strings of the letters a to e that grow step by step."""

    id: ClassVar[str] = "palestra/StringInsertion-v1"
    Config: ClassVar[type[StringInsertionConfig]] = StringInsertionConfig
    templates = (
        "Start with `{text}`. In this order: {rules}.",
        "String: {text}\nSteps, each on the result of the one before: {rules}. What comes out?",
        "Take `{text}` and do the following, one thing after the other: {rules}. Which string results?",
        "{rules}: do this step by step, beginning with the string `{text}`.",
    )
    answer_format = (
        "Within a step, letters that it inserts are not looked at again. "
        "The last line of your reply must be the final string alone."
    )
    verifier = TextAnswer()

    def draw(self, rng: KeyedRandom) -> StringInsertionKey:
        """Random letters and rules."""
        kinds = tuple(_RULES)
        text = "".join(rng.choice(_LETTERS) for _ in range(self.config.length))
        rules = (
            Rule(rng.choice(kinds), rng.choice(_LETTERS), rng.choice(_LETTERS)) for _ in range(self.config.num_rules)
        )
        return StringInsertionKey(text, tuple(rules))

    def composition(self, key: StringInsertionKey) -> str:
        """The kinds of the first two rules, in the order of the alphabet."""
        return " ".join(sorted(rule.kind for rule in key.rules[:2])) if len(key.rules) > 1 else ""

    def build(self, key: StringInsertionKey, rng: KeyedRandom) -> Content | None:
        """Apply the rules; None where a rule changes nothing, or the string becomes very long."""
        text = key.text
        for rule in key.rules:
            before, text = text, rule.applied(text)
            if text == before or len(text) > _MAX_LETTERS:
                return None
        return Content(
            slots={"text": key.text, "rules": "; ".join(rule.text() for rule in key.rules)},
            reference=text,
            effort=len(key.rules) * len(key.text),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """As many random letters."""
        return "".join(rng.choice(_LETTERS) for _ in task.reference)
