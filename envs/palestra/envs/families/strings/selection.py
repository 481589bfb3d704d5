"""Answers that pick some of the words of a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line, read_words
from palestra.verifiers.answer import quote
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Selection:
    """Words in lower case to choose from, and those that are right."""

    words: tuple[str, ...]
    right: tuple[str, ...]

    def random(self, rng: KeyedRandom) -> str:
        """Some of the words: a guess."""
        return ", ".join(rng.sample(self.words, rng.between(1, len(self.words) - 1)))


class SelectionVerifier(RecordVerifier[Selection]):
    """PASS when the final line has exactly the right words, each once, in any order.

    Reference: `Selection` as JSON.
    """

    name: ClassVar[str] = "word-selection"
    record_type = Selection

    def judge(self, response: str, reference: Selection) -> Verdict:
        """Compare without order."""
        answer = [word.casefold() for word in read_words(final_line(response))]
        if sorted(answer) == sorted(reference.right):
            return Verdict.passed(f"exactly the {len(reference.right)} right ones of {len(reference.words)}")
        strange = next((word for word in answer if word not in reference.words), None)
        if strange is not None:
            return Verdict.failed(f"`{quote(strange)}` is not in the list")
        right = len(set(answer) & set(reference.right))
        return Verdict.failed(f"{len(answer)} words with {right} of the {len(reference.right)} right ones")
