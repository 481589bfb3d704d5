"""Reversing the order of words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.strings.word_order import WordOrderQuestion
from palestra.envs.families.words import words
from palestra.envs.family import Content
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class WordSequenceReversalConfig(FamilyConfig):
    """Which sequences are reversed."""

    num_words: int = ramp(3, 50, low=2, high=300)
    """How many words are given."""


class WordSequenceReversal(WordOrderQuestion[WordSequenceReversalConfig, tuple[str, ...]]):
    """Random words, some of them several times in long sequences."""

    id: ClassVar[str] = "palestra/WordSequenceReversal-v1"
    Config: ClassVar[type[WordSequenceReversalConfig]] = WordSequenceReversalConfig
    templates = (
        "Write these words in reverse order: {words}",
        "Words: {words}\nList them from the last to the first.",
        "Turn the sequence around, keeping each word as it is: {words}",
        "Which sequence do you get by reading the words backward, word by word? {words}",
    )
    answer_format = "The last line of your reply must be the words in the new order, separated by commas."

    def draw(self, rng: KeyedRandom) -> tuple[str, ...]:
        """Independent words."""
        return tuple(rng.choice(words()) for _ in range(self.config.num_words))

    def build(self, key: tuple[str, ...], rng: KeyedRandom) -> Content | None:
        """Ask for the reversed sequence."""
        if key == key[::-1]:
            return None
        return Content(slots={"words": ", ".join(key)}, reference=json.dumps(key[::-1]), effort=len(key))
