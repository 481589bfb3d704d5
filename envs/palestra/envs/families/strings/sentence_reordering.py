"""Putting the words of a sentence into a stated order; no two words can change places."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import WordsAnswer
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.strings.sentences import draw_classes, draw_words
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_NAMES = {"verb": "what was done", "person": "who", "manner": "how", "place": "where", "time": "when"}


@dataclass(frozen=True, kw_only=True, slots=True)
class SentenceReorderingConfig(FamilyConfig):
    """Which sentences are put in order."""

    num_words: int = ramp(3, 12, low=3, high=12)
    """Words of a sentence."""
    is_order_free: bool = stages(False, False, True)
    """Whether the order may be another one than that of an English sentence."""


@dataclass(frozen=True, slots=True)
class SentenceReorderingKey:
    """The classes in the wanted order, and the word of each."""

    classes: tuple[str, ...]
    words: tuple[str, ...]


class SentenceReordering(Question[SentenceReorderingConfig, SentenceReorderingKey]):
    """Sentences with one word of each class."""

    id: ClassVar[str] = "palestra/SentenceReordering-v1"
    Config: ClassVar[type[SentenceReorderingConfig]] = SentenceReorderingConfig
    templates = (
        "Put these words in order: {words}\nThe order is: {order}.",
        "Words: {words}\nMake a sentence of all of them in the order {order}.",
        "Arrange the words {words} as follows: {order}.",
        "A sentence has been shuffled: {words}\nIts parts were, one after the other: {order}. Restore it.",
    )
    answer_format = "The last line of your reply must be the words in the right order, separated by spaces."
    verifier = WordsAnswer()

    def draw(self, rng: KeyedRandom) -> SentenceReorderingKey:
        """Classes and a word of each."""
        classes = draw_classes(self.config.num_words, rng)
        if self.config.is_order_free:
            classes = tuple(rng.sample(classes, len(classes)))
        return SentenceReorderingKey(classes, draw_words(classes, rng))

    def build(self, key: SentenceReorderingKey, rng: KeyedRandom) -> Content | None:
        """Shuffle the words; None where they stay in order."""
        shuffled = rng.sample(key.words, len(key.words))
        if tuple(shuffled) == key.words:
            return None
        order = ", ".join(_NAMES.get(name, name) for name in key.classes)
        return Content(
            slots={"words": ", ".join(shuffled), "order": order},
            reference=json.dumps(key.words),
            effort=len(key.words),
        )

    def oracle(self, task: Task) -> str:
        """The sentence."""
        return " ".join(json.loads(task.reference))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """The words in random order."""
        words = json.loads(task.reference)
        rng.shuffle(words)
        return " ".join(words)
