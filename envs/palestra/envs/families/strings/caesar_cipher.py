"""Caesar's cipher: every letter moved by the same number of places."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from palestra.envs.answers import TextAnswer
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.strings.ciphers import shifted
from palestra.envs.families.strings.sentences import draw_text, vocabulary
from palestra.envs.families.words import word_set
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class CaesarCipherConfig(FamilyConfig):
    """Which messages are hidden."""

    num_words: int = ramp(3, 24, low=3, high=100)
    """About how many words a message has."""
    max_shift: int = stages(2, 5, 25, choices=tuple(range(1, 26)))
    """Most places that letters move."""
    is_shift_told: bool = stages(True, True, True, False, False)
    """Whether the prompt says by how many places the letters were moved."""


@dataclass(frozen=True, slots=True)
class CaesarCipherKey:
    """The message and how far its letters are moved."""

    message: str
    shift: int


class CaesarCipher(Question[CaesarCipherConfig, CaesarCipherKey]):
    """Messages in English; where the shift is not told, no other shift gives words."""

    id: ClassVar[str] = "palestra/CaesarCipher-v1"
    Config: ClassVar[type[CaesarCipherConfig]] = CaesarCipherConfig
    templates = (
        "Decode this message, in which every letter was moved {shift} in the alphabet (after z comes a): {secret}",
        "Caesar cipher, letters moved {shift}: {secret}\nWhat was the message?",
        "{secret}\nHere each letter of a message was replaced by the one {shift} (z is followed by a). Recover it.",
        "Someone hid a message by moving its letters {shift}, going on with a after z. Read it: {secret}",
    )
    answer_format = "The last line of your reply must be the decoded message alone."
    verifier = TextAnswer()

    def draw(self, rng: KeyedRandom) -> CaesarCipherKey:
        """A message and a shift."""
        return CaesarCipherKey(draw_text(self.config.num_words, rng), rng.between(1, self.config.max_shift))

    def canonical(self, key: CaesarCipherKey) -> str:
        """The message: knowing it is knowing the answer."""
        return key.message

    def build(self, key: CaesarCipherKey, rng: KeyedRandom) -> Content | None:
        """Hide the message; None where the shift is not told and another one gives words, too."""
        plural = "" if key.shift == 1 else "s"
        told = f"{key.shift} place{plural} forward" if self.config.is_shift_told else "some places forward"
        if not self.config.is_shift_told and _is_ambiguous(key.message):
            return None
        return Content(
            slots={"secret": shifted(key.message, key.shift), "shift": told},
            reference=key.message,
            effort=len(key.message) * (1 if self.config.is_shift_told else 2),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Another message of that length."""
        return draw_text(len(task.reference.split()), rng)


def _is_ambiguous(message: str) -> bool:
    known, words = _known_words(), message.split()
    return any(all(shifted(word, by) in known for word in words) for by in range(1, 26))


@cache
def _known_words() -> frozenset[str]:
    return frozenset(word_set() | {word.lower() for words in vocabulary().values() for word in words})
