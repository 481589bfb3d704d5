"""Spelling backward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import TextAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.words import words
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class SpellBackwardConfig(FamilyConfig):
    """Which strings are spelled."""

    num_letters: int = ramp(3, 40, low=3, high=500)
    """Fewest letters; strings of more than 8 are several words without blanks."""


class SpellBackward(Question[SpellBackwardConfig, str]):
    """Words, and words written together."""

    id: ClassVar[str] = "palestra/SpellBackward-v1"
    Config: ClassVar[type[SpellBackwardConfig]] = SpellBackwardConfig
    templates = (
        "Spell `{text}` backward.",
        "Write the letters of `{text}` in reverse order.",
        "What does `{text}` read from right to left?",
        "Reverse the string `{text}`.",
    )
    answer_format = "The last line of your reply must be the reversed string alone."
    verifier = TextAnswer()

    def draw(self, rng: KeyedRandom) -> str:
        """One word, or several together."""
        text, wanted = "", self.config.num_letters
        while len(text) < wanted:
            text += rng.choice(words(min(8, max(3, rng.between(4, 8) if wanted > 8 else wanted))))
        return text

    def build(self, key: str, rng: KeyedRandom) -> Content | None:
        """Ask for the reversed string; None for palindromes."""
        if key == key[::-1]:
            return None
        return Content(slots={"text": key}, reference=key[::-1], effort=len(key))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """The letters in random order."""
        return "".join(rng.sample(task.reference, len(task.reference)))
