"""Counting letters."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import final_line
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.letter_values import read_letter_values
from palestra.envs.families.strings.sentences import draw_text
from palestra.envs.families.words import words
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict
from palestra.verifiers.verifier import Verifier

_COUNT = re.compile("[0-9]{1,6}")
_SENTENCE_WORDS = 3


class CountsAnswer(Verifier[dict[str, int]]):
    """PASS when the final line gives each letter of the reference its count, in any order.

    Reference: JSON such as `{"a": 2, "b": 0}`.
    """

    name: ClassVar[str] = "counts-answer"

    def parse_reference(self, reference: str) -> dict[str, int]:
        """Read the counts."""
        counts = json.loads(reference)
        if not (isinstance(counts, dict) and all(type(count) is int for count in counts.values())):
            raise ValueError("the reference must be a JSON object of counts")
        return counts

    def judge(self, response: str, reference: dict[str, int]) -> Verdict:
        """Compare count by count."""
        counts = _read_counts(final_line(response))
        if counts.keys() != reference.keys():
            return Verdict.failed(f"counts of {len(counts)} letters, asked are those of {', '.join(reference)}")
        wrong = next((letter for letter in reference if counts[letter] != reference[letter]), None)
        if wrong is not None:
            return Verdict.failed(f"`{wrong}` occurs {reference[wrong]} times, not {counts[wrong]}")
        return Verdict.passed(f"all {len(counts)} counts are right")


@dataclass(frozen=True, kw_only=True, slots=True)
class LetterCountingConfig(FamilyConfig):
    """Which texts are searched."""

    num_words: int = ramp(1, 24, low=1, high=200)
    """How many words a text has; from 3 on they are sentences."""
    num_letters: int = ramp(2, 6, low=1, high=10)
    """How many letters are counted."""


@dataclass(frozen=True, slots=True)
class LetterCountingKey:
    """The text and the letters."""

    text: str
    letters: str


class LetterCounting(Question[LetterCountingConfig, LetterCountingKey]):
    """Texts with letters that occur in them, and now and then one that does not."""

    id: ClassVar[str] = "palestra/LetterCounting-v1"
    Config: ClassVar[type[LetterCountingConfig]] = LetterCountingConfig
    templates = (
        "How often does each of these letters occur in `{text}`? Letters: {letters}",
        "Text: {text}\nCount the letters {letters} in it.",
        "Count in `{text}` the letters {letters}.",
        "For each of the letters {letters} tell how many there are in the text: {text}",
    )
    answer_format = "The last line of your reply must be each letter with its count, like `a=2, b=0`."
    verifier = CountsAnswer()

    def draw(self, rng: KeyedRandom) -> LetterCountingKey:
        """A word or sentences, and letters of it."""
        count = self.config.num_words
        text = (
            draw_text(count, rng) if count >= _SENTENCE_WORDS else " ".join(rng.choice(words(6)) for _ in range(count))
        )
        present = sorted(set(text.replace(" ", "")))
        letters = rng.sample(present, min(len(present), self.config.num_letters))
        if len(letters) > 1 and rng.below(4) == 0:
            letters[0] = rng.choice([letter for letter in "bcdfghjklmpqvwxyz" if letter not in letters])
        return LetterCountingKey(text, "".join(sorted(letters)))

    def build(self, key: LetterCountingKey, rng: KeyedRandom) -> Content:
        """Ask for the counts."""
        counts = Counter(key.text)
        return Content(
            slots={"text": key.text, "letters": ", ".join(key.letters)},
            reference=json.dumps({letter: counts[letter] for letter in key.letters}),
            effort=len(key.text) * len(key.letters),
        )

    def oracle(self, task: Task) -> str:
        """The counts."""
        return ", ".join(f"{letter}={count}" for letter, count in json.loads(task.reference).items())

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Random small counts."""
        return ", ".join(f"{letter}={rng.below(6)}" for letter in json.loads(task.reference))


def _read_counts(line: str) -> dict[str, int]:
    entries = read_letter_values(line, _COUNT, "a=2, b=0")
    counts = {letter.lower(): int(count) for letter, count in entries}
    if len(counts) < len(entries):
        raise NoAnswerError("a letter has two counts")
    return counts
