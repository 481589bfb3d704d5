"""Making a palindrome of given letters; every one is right."""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import final_line
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.answer import quote
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict
from palestra.verifiers.verifier import Verifier

_SEPARATORS = str.maketrans("", "", " ,'\"`*")


class PalindromeVerifier(Verifier[str]):
    """PASS when the final line is a palindrome of exactly the reference's letters.

    Reference: one such palindrome.
    """

    name: ClassVar[str] = "palindrome"

    def parse_reference(self, reference: str) -> str:
        """Read the letters."""
        if not reference.isalpha():
            raise ValueError("the reference must be letters")
        return reference

    def judge(self, response: str, reference: str) -> Verdict:
        """Compare the letters, then the two directions."""
        text = final_line(response).casefold().translate(_SEPARATORS)
        if sorted(text) != sorted(reference):
            return Verdict.failed(f"`{quote(text)}` has not the given letters")
        if text != text[::-1]:
            return Verdict.failed(f"`{quote(text)}` is no palindrome")
        return Verdict.passed(f"`{quote(text)}` is a palindrome of the given letters")


@dataclass(frozen=True, kw_only=True, slots=True)
class PalindromeGenerationConfig(FamilyConfig):
    """Which letters are given."""

    num_letters: int = ramp(5, 41, low=3, high=200)
    """Most letters; at least one less are given."""


@dataclass(frozen=True, slots=True)
class PalindromeGenerationKey:
    """One half of a palindrome, and its middle letter (empty where there is none)."""

    half: str
    middle: str


class PalindromeGeneration(Question[PalindromeGenerationConfig, PalindromeGenerationKey]):
    """Letters of a random palindrome."""

    id: ClassVar[str] = "palestra/PalindromeGeneration-v1"
    Config: ClassVar[type[PalindromeGenerationConfig]] = PalindromeGenerationConfig
    templates = (
        "Arrange all the letters {letters} into a palindrome.",
        "Letters: {letters}\nUse each of them once to form a string that reads the same in both directions.",
        "Make a palindrome of exactly these letters: {letters}",
        "In which order do the letters {letters} read the same forward and backward?",
    )
    answer_format = (
        "It need not be a word, and any palindrome of these letters is right. "
        "The last line of your reply must be the palindrome alone."
    )
    verifier = PalindromeVerifier()

    def draw(self, rng: KeyedRandom) -> PalindromeGenerationKey:
        """Random letters."""
        length = self.config.num_letters - rng.below(2)
        half = "".join(rng.choice(string.ascii_lowercase) for _ in range(length // 2))
        return PalindromeGenerationKey(half, rng.choice(string.ascii_lowercase) if length % 2 else "")

    def canonical(self, key: PalindromeGenerationKey) -> str:
        """The letters in order."""
        return "".join(sorted(key.half + key.half + key.middle))

    def build(self, key: PalindromeGenerationKey, rng: KeyedRandom) -> Content | None:
        """Ask for a palindrome; None where all letters are the same."""
        answer = key.half + key.middle + key.half[::-1]
        return None if len(set(answer)) == 1 else self._content(answer, answer, rng)

    def unsolvable(self, key: PalindromeGenerationKey, rng: KeyedRandom) -> Content | None:
        """One of an even number of letters changed into a new one: two kinds or more then have an odd number."""
        answer = key.half + key.middle + key.half[::-1]
        old = next((letter for letter in key.half if letter != key.middle), None)
        new = next((letter for letter in string.ascii_lowercase if letter not in answer), None)
        return None if old is None or new is None else self._content(answer.replace(old, new, 1), answer, rng)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """The letters in random order."""
        return "".join(rng.sample(task.reference, len(task.reference)))

    def _content(self, letters: str, answer: str, rng: KeyedRandom) -> Content:
        shown = ", ".join(rng.sample(letters, len(letters)))
        return Content(slots={"letters": shown}, reference=answer, effort=len(letters))
