"""One sentence under constraints of length, letters and places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.instructions.plain_marks import plain_marks
from palestra.envs.families.words import words
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom

_WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*")
_EDGES = "*_`\"'.,;:!?()-"
_VOWELS = frozenset("aeiouy")
_FORBIDDEN_LETTERS = "etaoinsr"
_MAX_WORDS = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class SentenceDemands:
    """What the sentence has to be like."""

    num_words: int
    places: dict[str, str]
    """Words that stand at certain places, counted from 1."""
    forbidden: str
    """Letters that do not occur in the other words."""
    min_letters: int
    """Of each other word."""
    is_alphabetical: bool
    """Whether the other words stand in alphabetical order."""


class SentenceVerifier(RecordVerifier[SentenceDemands]):
    """PASS when the last line is a sentence of different words that keeps all demands.

    A word has letters a to z, a vowel or y, and maybe inner apostrophes or hyphens. Not covered: whether it is
    English, and makes sense. Reference: `SentenceDemands`.
    """

    name: ClassVar[str] = "constrained-sentence"
    record_type = SentenceDemands

    def judge(self, response: str, reference: SentenceDemands) -> Verdict:
        """Check word by word."""
        found = [word for word in (piece.strip(_EDGES) for piece in _line(response).split()) if word]
        if len(found) > _MAX_WORDS:
            raise NoAnswerError(f"a sentence of {len(found)} words")
        problem = _problem(found, reference)
        return Verdict.failed(problem) if problem else Verdict.passed(f"{len(found)} words keep all demands")


def _line(response: str) -> str:
    return plain_marks(final_line(response)).lower()


def _problem(found: list[str], wanted: SentenceDemands) -> str:
    if len(found) != wanted.num_words:
        return f"{len(found)} words, wanted {wanted.num_words}"
    if len(set(found)) < len(found):
        return "a word is used twice"
    for place, word in wanted.places.items():
        if found[int(place) - 1] != word:
            return f"word {place} is `{quote(found[int(place) - 1])}`, wanted `{word}`"
    free = [word for i, word in enumerate(found, 1) if str(i) not in wanted.places]
    for word in free:
        if not _WORD.fullmatch(word) or not _VOWELS.intersection(word):
            return f"`{quote(word)}` is no word"
        if len(word) < wanted.min_letters:
            return f"`{quote(word)}` has fewer than {wanted.min_letters} letters"
        if bad := sorted(set(wanted.forbidden).intersection(word)):
            return f"`{quote(word)}` has the letter {bad[0]}"
    if wanted.is_alphabetical and free != sorted(free):
        return "the words are not in alphabetical order"
    return ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ConstrainedSentenceConfig(FamilyConfig):
    """What is demanded."""

    num_words: int = ramp(4, 14, low=2, high=40)
    """How many words the sentence has, 2..40."""
    num_places: int = stages(1, 1, 2, 3, choices=(1, 2, 3, 4))
    """How many words are given with their places, 1..4."""
    num_forbidden: int = stages(0, 1, 1, 2, 3, choices=(0, 1, 2, 3))
    """How many frequent letters are ruled out, 0..3."""
    min_letters: int = stages(1, 2, 3, 4, choices=(1, 2, 3, 4, 5))
    """How many letters each word has at least, 1..5."""
    is_alphabetical: bool = stages(False, False, False, True)
    """Whether the words stand in alphabetical order."""


class ConstrainedSentence(Question[ConstrainedSentenceConfig, SentenceDemands]):
    """Sentences of different words; some of them are given."""

    id: ClassVar[str] = "palestra/ConstrainedSentence-v1"
    Config: ClassVar[type[ConstrainedSentenceConfig]] = ConstrainedSentenceConfig
    templates = (
        "Write a sentence of exactly {count} words. {demands}",
        "{demands} Write one sentence like that, of exactly {count} words.",
        "Make a sentence with exactly {count} words that keeps these rules: {demands}",
    )
    answer_format = "No word may be used twice. The last line of your reply must be the sentence alone."
    verifier = SentenceVerifier()

    def draw(self, rng: KeyedRandom) -> SentenceDemands:
        """Draw given words, their places, and letters."""
        config = self.config
        count = config.num_words + rng.below(3)
        places = sorted(rng.sample(range(1, count + 1), min(config.num_places, count - 1)))
        return SentenceDemands(
            num_words=count,
            places={str(place): rng.choice(words(rng.between(4, 7))) for place in places},
            forbidden="".join(sorted(rng.sample(_FORBIDDEN_LETTERS, config.num_forbidden))),
            min_letters=config.min_letters,
            is_alphabetical=config.is_alphabetical,
        )

    def build(self, key: SentenceDemands, rng: KeyedRandom) -> Content | None:
        """Say the demands, if our word list can meet them."""
        if _problem(_sentence(key), key):
            return None
        named = ", ".join(f"word {place} must be {word}" for place, word in key.places.items())
        parts = [f"{named[0].upper()}{named[1:]}."]
        if key.forbidden:
            letters = " or ".join(key.forbidden.upper())
            parts.append(f"None of the other words has the letter {letters}.")
        if key.min_letters > 1:
            parts.append(f"Each other word has {key.min_letters} letters or more.")
        if key.is_alphabetical:
            parts.append("The other words stand in alphabetical order.")
        return Content(
            slots={"count": str(key.num_words), "demands": " ".join(parts)},
            reference=encode(key),
            effort=key.num_words * (1 + len(key.forbidden) + key.is_alphabetical) + len(key.places),
            meta={"num_words": key.num_words},
        )

    def oracle(self, task: Task) -> str:
        """Words of our list that keep the demands."""
        return " ".join(_sentence(decode(SentenceDemands, task.reference)))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """As many random words."""
        return " ".join(rng.sample(words(), decode(SentenceDemands, task.reference).num_words))


def _sentence(wanted: SentenceDemands) -> list[str]:
    """The given words, and between them the first ones of our list that fit."""
    free = (
        word
        for word in words()
        if word not in wanted.places.values()
        and len(word) >= wanted.min_letters
        and _VOWELS.intersection(word)
        and not set(wanted.forbidden).intersection(word)
    )
    return [wanted.places.get(str(i)) or next(free, "") for i in range(1, wanted.num_words + 1)]
