"""Words whose letters are out of order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line, read_words
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.words import word_set, words
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers.answer import quote
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Jumble:
    """The words, and whether they keep their first letters."""

    words: tuple[str, ...]
    is_first_kept: bool


class JumbleVerifier(RecordVerifier[Jumble]):
    """PASS when the final line has, one for one, dictionary words of the right letters.

    Where the letters make several words of our dictionary (`words`), each of them is right.
    Reference: `Jumble` as JSON.
    """

    name: ClassVar[str] = "letter-jumble"
    record_type = Jumble

    def judge(self, response: str, reference: Jumble) -> Verdict:
        """Compare letters, then look the words up."""
        answer = tuple(word.casefold() for word in read_words(final_line(response)))
        if len(answer) != len(reference.words):
            return Verdict.failed(f"{len(answer)} words, right are {len(reference.words)}")
        for word, right in zip(answer, reference.words, strict=True):
            if sorted(word) != sorted(right):
                return Verdict.failed(f"`{quote(word)}` has not the letters of `{right}`")
            if reference.is_first_kept and word[0] != right[0]:
                return Verdict.failed(f"`{quote(word)}` does not start with `{right[0]}`")
            if word not in word_set():
                return Verdict.failed(f"`{quote(word)}` is not in the dictionary, `{right}` is")
        return Verdict.passed(f"all {len(answer)} words are right")


@dataclass(frozen=True, kw_only=True, slots=True)
class LetterUnscramblingConfig(FamilyConfig):
    """Which words are jumbled."""

    num_words: int = ramp(1, 10, low=1, high=50)
    """How many words are jumbled."""
    min_length: int = stages(4, 5, 5, 6, 7, choices=(4, 5, 6, 7, 8))
    """Fewest letters of a word; the most are one more, and never more than 8."""
    is_first_kept: bool = stages(True, True, True, False)
    """Whether each word keeps its first letter."""


@dataclass(frozen=True, slots=True)
class LetterUnscramblingKey:
    """Words, and each with its letters in another order."""

    words: tuple[str, ...]
    jumbled: tuple[str, ...]


class LetterUnscrambling(Question[LetterUnscramblingConfig, LetterUnscramblingKey]):
    """Common English words."""

    id: ClassVar[str] = "palestra/LetterUnscrambling-v1"
    Config: ClassVar[type[LetterUnscramblingConfig]] = LetterUnscramblingConfig
    templates = (
        "The letters of these common English words are out of order{hint}: {jumbled}\nWhich words are they?",
        "Unscramble{hint}: {jumbled}\nEach is an everyday English word.",
        "Jumbled English words{hint}: {jumbled}\nPut the letters of each in the right order.",
        "Find the everyday English words that were scrambled here{hint}: {jumbled}",
    )
    answer_format = "The last line of your reply must be the words in the given order, separated by commas."
    verifier = JumbleVerifier()

    def draw(self, rng: KeyedRandom) -> LetterUnscramblingKey:
        """Words with their letters shuffled."""
        config = self.config
        lengths = (min(8, config.min_length + rng.below(2)) for _ in range(config.num_words))
        chosen = tuple(rng.choice(words(length)) for length in lengths)
        kept = int(config.is_first_kept)
        jumbled = tuple(word[:kept] + "".join(rng.sample(word[kept:], len(word) - kept)) for word in chosen)
        return LetterUnscramblingKey(chosen, jumbled)

    def canonical(self, key: LetterUnscramblingKey) -> str:
        """The words."""
        return " ".join(sorted(key.words))

    def build(self, key: LetterUnscramblingKey, rng: KeyedRandom) -> Content | None:
        """Ask for the words; None where one is not jumbled."""
        if any(text in word_set() for text in key.jumbled):
            return None
        kept = self.config.is_first_kept
        return Content(
            slots={"jumbled": ", ".join(key.jumbled), "hint": " (the first letter is in place)" if kept else ""},
            reference=encode(Jumble(key.words, kept)),
            effort=sum(map(len, key.words)),
        )

    def oracle(self, task: Task) -> str:
        """The words that were jumbled."""
        return ", ".join(decode(Jumble, task.reference).words)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Dictionary words of the right lengths."""
        return ", ".join(rng.choice(words(len(word))) for word in decode(Jumble, task.reference).words)
