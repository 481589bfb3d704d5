"""Lists of words."""

from __future__ import annotations

import json
import re
from typing import ClassVar

from palestra.envs.answers.final import final_line
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.verdict import Verdict
from palestra.verifiers.verifier import Verifier

_SEPARATOR = re.compile(r"\s*(?:->|[,;\s])\s*")
_WORD = re.compile(r"[^\s,;\[\]{}()\"`]{1,100}")
_QUOTES = "'\"`*"


def read_words(text: str) -> tuple[str, ...]:
    """Words separated by commas, semicolons, blanks or `->`, in brackets and quotes or not; case is kept.

    >>> read_words("['plum', 'fig']")
    ('plum', 'fig')

    Raises:
        NoAnswerError: Something else stands in the text.
    """
    bare = text.strip()
    if bare[:1] in "[(" and bare[-1:] in "])":
        bare = bare[1:-1].strip()
    words = tuple(piece.strip(_QUOTES) for piece in _SEPARATOR.split(bare)) if bare else ()
    if all(map(_WORD.fullmatch, words)):
        return words
    raise NoAnswerError(f"`{quote(text)}` is no list of words")


class WordsAnswer(Verifier[tuple[str, ...]]):
    """PASS when the final line is exactly the reference's list of words, in its order; case does not count.

    Reference: a JSON list such as `["plum", "fig"]`.
    """

    name: ClassVar[str] = "words-answer"

    def parse_reference(self, reference: str) -> tuple[str, ...]:
        """Read the list."""
        items = json.loads(reference)
        if not (isinstance(items, list) and all(isinstance(item, str) for item in items)):
            raise ValueError("the reference must be a JSON list of words")
        return tuple(map(str.casefold, items))

    def judge(self, response: str, reference: tuple[str, ...]) -> Verdict:
        """Compare word by word."""
        answer = tuple(map(str.casefold, read_words(final_line(response))))
        if answer == reference:
            return Verdict.passed(f"all {len(reference)} words are right")
        if len(answer) != len(reference):
            return Verdict.failed(f"{len(answer)} words, right are {len(reference)}")
        wrong = next(i for i, (a, b) in enumerate(zip(answer, reference, strict=True)) if a != b)
        return Verdict.failed(f"word {wrong + 1} is `{quote(answer[wrong])}`, right is `{reference[wrong]}`")
