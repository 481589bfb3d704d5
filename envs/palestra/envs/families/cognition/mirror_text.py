"""A text was changed in a few ways that are told: read what it said."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import WordsAnswer
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.words import words
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

Words = list[str]

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_NEXT = str.maketrans(_LETTERS, _LETTERS[1:] + _LETTERS[:1])
_OPPOSITE = str.maketrans(_LETTERS, _LETTERS[::-1])

_CHANGES: tuple[tuple[str, str, Callable[[Words], Words]], ...] = (
    ("mirror", "the whole text was written backwards", lambda ws: [w[::-1] for w in ws[::-1]]),
    ("mirror-words", "each word was written backwards", lambda ws: [w[::-1] for w in ws]),
    ("reverse-order", "the words were put into the opposite order", lambda ws: ws[::-1]),
    ("swap-ends", "the first and the last letter of each word were exchanged",
     lambda ws: [w[-1] + w[1:-1] + w[0] for w in ws]),
    ("rotate", "the first letter of each word was moved to its end", lambda ws: [w[1:] + w[0] for w in ws]),
    ("next-letter", "each letter was replaced by the next one of the alphabet (z by a)",
     lambda ws: [w.translate(_NEXT) for w in ws]),
    ("opposite", "each letter was replaced by its opposite (a by z, b by y, and so on)",
     lambda ws: [w.translate(_OPPOSITE) for w in ws]),
    ("swap-pairs", "in each word the 1st and 2nd letter were exchanged, the 3rd and 4th, and so on",
     lambda ws: ["".join(w[i : i + 2][::-1] for i in range(0, len(w), 2)) for w in ws]),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class MirrorTextConfig(FamilyConfig):
    """Which texts are shown."""

    num_words: int = ramp(2, 7, low=1, high=30)
    """How many words the text has, 1..30."""
    num_changes: int = stages(1, 1, 2, 3, 4, choices=(1, 2, 3, 4, 5, 6))
    """How many changes were made, 1..6."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MirrorKey:
    """Words and the numbers of the changes."""

    words: tuple[str, ...]
    changes: tuple[int, ...]


class MirrorText(Question[MirrorTextConfig, MirrorKey]):
    """Random words, changed in ways that lose nothing."""

    id: ClassVar[str] = "palestra/MirrorText-v1"
    Config: ClassVar[type[MirrorTextConfig]] = MirrorTextConfig
    templates = (
        "Read this changed text: {text}\nThis was done to it, in this order: {changes}.",
        "{text}\nThis is what became of some words: {changes} (in this order). What were the words?",
        "Undo these changes, which were made one after the other: {changes}.\n{text}",
    )
    answer_format = "Reply with the words of the text as it was before, in order, separated by blanks."
    verifier = WordsAnswer()

    def draw(self, rng: KeyedRandom) -> MirrorKey:
        """Draw words and changes."""
        some = words()
        changes = rng.sample(range(len(_CHANGES)), self.config.num_changes)
        return MirrorKey(words=tuple(rng.choice(some) for _ in range(self.config.num_words)), changes=tuple(changes))

    def canonical(self, key: MirrorKey) -> str:
        """The words."""
        return " ".join(key.words)

    def composition(self, key: MirrorKey) -> str:
        """The changes, where there are several."""
        return " ".join(sorted(_CHANGES[i][0] for i in key.changes)) if len(key.changes) > 1 else ""

    def build(self, key: MirrorKey, rng: KeyedRandom) -> Content | None:
        """Change the text."""
        changed = list(key.words)
        for i in key.changes:
            changed = _CHANGES[i][2](changed)
        if changed == list(key.words):
            return None
        return Content(
            slots={"text": " ".join(changed), "changes": "; then ".join(_CHANGES[i][1] for i in key.changes)},
            reference=json.dumps(key.words),
            effort=len(key.changes) * sum(map(len, key.words)),
            meta={"num_words": len(key.words), "num_changes": len(key.changes)},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """As many words."""
        return " ".join(rng.choice(words()) for _ in range(self.config.num_words))
