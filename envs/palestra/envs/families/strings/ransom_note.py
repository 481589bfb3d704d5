"""Letters that a text lacks for another one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import final_line
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.strings.sentences import draw_text
from palestra.envs.families.words import words
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict
from palestra.verifiers.verifier import Verifier

_SEPARATORS = str.maketrans("", "", ",;[](){}'\"`")
_MIN_MISSING = 2
_SENTENCE_WORDS = 3


class LettersAnswer(Verifier[str]):
    """PASS when the final line has the reference's letters, each as often, in any order.

    Reference: the letters, such as `eet`.
    """

    name: ClassVar[str] = "letters-answer"

    def parse_reference(self, reference: str) -> str:
        """Read the letters."""
        if not reference.isalpha():
            raise ValueError("the reference must be letters")
        return "".join(sorted(reference.casefold()))

    def judge(self, response: str, reference: str) -> Verdict:
        """Compare the sorted letters."""
        line = final_line(response)
        letters = "".join(sorted("".join(line.casefold().split()).translate(_SEPARATORS)))
        if not letters.isalpha():
            raise NoAnswerError(f"`{quote(line)}` is no list of letters")
        if letters == reference:
            return Verdict.passed(f"all {len(reference)} letters are right")
        return Verdict.failed(f"the letters `{quote(letters)}`, right are `{quote(reference)}`")


@dataclass(frozen=True, kw_only=True, slots=True)
class RansomNoteConfig(FamilyConfig):
    """Which notes are written."""

    num_words: int = ramp(1, 14, low=1, high=100)
    """How many words a note has."""
    num_lacking: int = ramp(2, 9, low=2, high=30)
    """How many of the note's letters are replaced by others in what is at hand; fewer may be missing."""


@dataclass(frozen=True, slots=True)
class RansomNoteKey:
    """The note, and the letters at hand."""

    note: str
    letters: str

    def missing(self) -> str:
        """The note's letters that are not at hand, in the order of the alphabet."""
        return "".join(sorted((Counter(self.note.replace(" ", "")) - Counter(self.letters)).elements()))


class RansomNote(Question[RansomNoteConfig, RansomNoteKey]):
    """Notes for which at least two letters are missing."""

    id: ClassVar[str] = "palestra/RansomNote-v1"
    Config: ClassVar[type[RansomNoteConfig]] = RansomNoteConfig
    templates = (
        "You want to write `{note}` with letters cut from `{letters}`, each letter once. Which letters are missing?",
        "Letters at hand: {letters}\nNote: {note}\nEach letter at hand serves once. Which letters do you lack?",
        "To lay the words `{note}` you have these letter tiles: {letters}\nWhich tiles must still be found?",
        "Of `{letters}` each letter may be used once to write `{note}`. What letters have to be bought in addition?",
    )
    answer_format = (
        "The last line of your reply must be the missing letters, each as often as it is missing, separated by commas."
    )
    verifier = LettersAnswer()

    def draw(self, rng: KeyedRandom) -> RansomNoteKey:
        """A note, and its letters, some replaced, shuffled."""
        config = self.config
        count = config.num_words
        note = (
            draw_text(count, rng) if count >= _SENTENCE_WORDS else " ".join(rng.choice(words(6)) for _ in range(count))
        )
        letters = list(note.replace(" ", ""))
        for _ in range(config.num_lacking):
            letters[rng.below(len(letters))] = rng.choice("aeioubdlmnrst")
        rng.shuffle(letters)
        return RansomNoteKey(note, "".join(letters))

    def canonical(self, key: RansomNoteKey) -> str:
        """The note, and the letters in order."""
        return f"{key.note} {''.join(sorted(key.letters))}"

    def build(self, key: RansomNoteKey, rng: KeyedRandom) -> Content | None:
        """Ask for the missing letters; None where they are fewer than two."""
        missing = key.missing()
        if len(missing) < _MIN_MISSING:
            return None
        return Content(
            slots={"note": key.note, "letters": key.letters},
            reference=missing,
            effort=len(key.note),
            meta={"num_missing": len(missing)},
        )

    def oracle(self, task: Task) -> str:
        """The missing letters."""
        return ", ".join(task.reference)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Two to four random letters."""
        return ", ".join(rng.choice("abcdefghilmnoprstuvw") for _ in range(rng.between(2, 4)))
