"""Lines whose first letters, and later also last letters, spell a word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_block
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

_WORD = re.compile(r"[A-Za-z]+(?:['-][A-Za-z]+)*")
_EDGES = " \t_`\"'.,;:!?()-"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_MAX_LINES = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Acrostic:
    """What lines have to be like."""

    first: str
    last: str
    """As long as `first`, or empty where last letters are free."""
    num_words: int
    """Of each line."""


class AcrosticVerifier(RecordVerifier[Acrostic]):
    """PASS when there is one line for each letter, with the right number of words, and no word is used twice.

    Reference: an `Acrostic` as JSON. Marks around words and blank lines do not count, nor what stands
    above the lines, apart from them. Not covered: whether words are English, and whether the lines make sense.
    """

    name: ClassVar[str] = "acrostic"
    record_type = Acrostic

    def judge(self, response: str, reference: Acrostic) -> Verdict:
        """Check line by line."""
        text = plain_marks(final_block(response)).lower().replace("*", "")  # initials are often set in bold
        lines = _last_lines(text, len(reference.first))
        if len(lines) > _MAX_LINES:
            raise NoAnswerError(f"{len(lines)} lines")
        if len(lines) != len(reference.first):
            return Verdict.failed(f"{len(lines)} lines, wanted {len(reference.first)}")
        used: set[str] = set()
        for number, line in enumerate(lines, 1):
            found = [word for word in (piece.strip(_EDGES) for piece in line.split()) if word]
            if any(not _WORD.fullmatch(word) for word in found):
                return Verdict.failed(f"line {number} holds something else than words: `{quote(line)}`")
            if len(found) != reference.num_words:
                return Verdict.failed(f"line {number} has {len(found)} words, wanted {reference.num_words}")
            if problem := _letters_problem(found, number, reference):
                return Verdict.failed(problem)
            if repeated := next((word for i, word in enumerate(found) if word in used or word in found[:i]), None):
                return Verdict.failed(f"the word `{quote(repeated)}` is used twice")
            used.update(found)
        return Verdict.passed(f"{len(lines)} lines of {reference.num_words} words spell `{reference.first}`")


def _last_lines(text: str, wanted: int) -> list[str]:
    """The last lines with words, so many if something else ends above them: a blank line, a line that ends with `:`."""
    every = text.splitlines()
    places = [i for i, line in enumerate(every) if line.strip(_EDGES)]
    if len(places) > wanted:
        above = every[places[-wanted] - 1].strip(" \t_")
        if not above or above.endswith(":"):
            places = places[-wanted:]
    return [every[i] for i in places]


def _letters_problem(found: list[str], number: int, reference: Acrostic) -> str:
    first, last = reference.first[number - 1], reference.last[number - 1 : number]
    if any(len(word) < 2 and word not in "aio" for word in found):
        return f"line {number} has a word of one letter that is none"
    if found[0][0] != first:
        return f"line {number} begins with `{found[0][0]}`, wanted `{first}`"
    if last and found[-1][-1] != last:
        return f"line {number} ends with `{found[-1][-1]}`, wanted `{last}`"
    return ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AcrosticWritingConfig(FamilyConfig):
    """Which poems are asked."""

    length: int = ramp(4, 8, low=3, high=8)
    """How many lines, 3..8: the letters of the word."""
    num_words: int = ramp(2, 7, low=1, high=12)
    """How many words each line has, 1..12."""
    has_last_letters: bool = stages(False, False, False, True)
    """Whether the last letters of the lines spell a word too."""


class AcrosticWriting(Question[AcrosticWritingConfig, Acrostic]):
    """Poems to a word; any lines that keep the letters and numbers are right."""

    id: ClassVar[str] = "palestra/AcrosticWriting-v1"
    Config: ClassVar[type[AcrosticWritingConfig]] = AcrosticWritingConfig
    templates = (
        "Write an acrostic to the word {first}: the first letters of its lines, from top to bottom, spell the word. "
        "{demands}",
        "The first letters of some lines shall spell {first}, in this order. Write such lines. {demands}",
        "{demands} Write lines like that, as many as {first} has letters, whose initials read {first}.",
    )
    answer_format = "Reply with the lines alone: English words, none of them used twice."
    verifier = AcrosticVerifier()

    def draw(self, rng: KeyedRandom) -> Acrostic:
        """Draw the words."""
        some = words(self.config.length)
        first = rng.choice(some)
        last = rng.choice(some) if self.config.has_last_letters else ""
        return Acrostic(first=first, last=last, num_words=self.config.num_words + rng.below(2))

    def build(self, key: Acrostic, rng: KeyedRandom) -> Content | None:
        """Say the demands, if our word list can meet them."""
        if not _poem(key):
            return None
        demands = f"Each line has exactly {key.num_words} words."
        if key.last:
            demands += f" The last letters of the lines spell {key.last.upper()}."
        return Content(
            slots={"first": key.first.upper(), "demands": demands},
            reference=encode(key),
            effort=len(key.first) * key.num_words + 2 * len(key.last),
            meta={"num_lines": len(key.first), "num_words": key.num_words},
        )

    def oracle(self, task: Task) -> str:
        """Words that fit, line by line."""
        return _poem(decode(Acrostic, task.reference))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Lines of random words."""
        wanted = decode(Acrostic, task.reference)
        return "\n".join(" ".join(rng.sample(words(), wanted.num_words)) for _ in wanted.first)


def _poem(wanted: Acrostic) -> str:
    """Lines of different words of our list; empty where it has too few with the letters."""
    used: set[str] = set()
    lines = []
    for i, first in enumerate(wanted.first):
        last = wanted.last[i : i + 1]
        ends = [_free(used, first, "" if wanted.num_words > 1 else last)]
        used.update(ends)
        if wanted.num_words > 1:
            ends.append(_free(used, "", last))
            used.add(ends[1])
        middle = []
        for _ in range(wanted.num_words - 2):
            middle.append(_free(used, _LETTERS[len(used) % 20], ""))
            used.add(middle[-1])
        if "" in ends or "" in middle:
            return ""
        lines.append(" ".join([ends[0], *middle, *ends[1:]]))
    return "\n".join(lines)


def _free(used: set[str], first: str, last: str) -> str:
    return next((word for word in _with_letters(first, last) if word not in used), "")


@cache
def _with_letters(first: str, last: str) -> tuple[str, ...]:
    """The words of our list that begin and end so."""
    return tuple(word for word in words() if word.startswith(first) and word.endswith(last))
