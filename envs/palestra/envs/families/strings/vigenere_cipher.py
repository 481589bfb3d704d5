"""Vigenere's cipher: letters moved by a key word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import TextAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.strings.ciphers import shifted_by_key
from palestra.envs.families.strings.sentences import draw_text
from palestra.envs.families.words import words
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class VigenereCipherConfig(FamilyConfig):
    """Which messages are hidden."""

    num_words: int = ramp(3, 18, low=3, high=100)
    """About how many words a message has."""
    key_length: int = ramp(3, 8, low=3, high=8)
    """Letters of the key word."""


@dataclass(frozen=True, slots=True)
class VigenereCipherKey:
    """The message and the key word."""

    message: str
    key_word: str


class VigenereCipher(Question[VigenereCipherConfig, VigenereCipherKey]):
    """Messages in English with a known key word."""

    id: ClassVar[str] = "palestra/VigenereCipher-v1"
    Config: ClassVar[type[VigenereCipherConfig]] = VigenereCipherConfig
    templates = (
        "Decode the Vigenere cipher with the key word `{key_word}` (a moves a letter by 0, b by 1, ...; blanks use up "
        "no key letter): {secret}",
        "Key word: {key_word}\nSecret: {secret}\nEach letter was moved forward by the place of the next key letter (a "
        "= 0); blanks were skipped, the key repeats. What was the message?",
        "{secret}\nThis was enciphered by adding the letters of `{key_word}` again and again (a = 0, b = 1, ..., z = "
        "25, after z comes a), not counting blanks. Recover the message.",
        "Undo a Vigenere cipher: subtract the repeated key `{key_word}` (a = 0) letter by letter, leaving out blanks. "
        "{secret}",
    )
    answer_format = "The last line of your reply must be the decoded message alone."
    verifier = TextAnswer()

    def draw(self, rng: KeyedRandom) -> VigenereCipherKey:
        """A message and a key word."""
        return VigenereCipherKey(draw_text(self.config.num_words, rng), rng.choice(words(self.config.key_length)))

    def canonical(self, key: VigenereCipherKey) -> str:
        """The message: knowing it is knowing the answer."""
        return key.message

    def build(self, key: VigenereCipherKey, rng: KeyedRandom) -> Content:
        """Hide the message."""
        return Content(
            slots={"secret": shifted_by_key(key.message, key.key_word, 1), "key_word": key.key_word},
            reference=key.message,
            effort=len(key.message),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Another message of that length."""
        return draw_text(len(task.reference.split()), rng)
