"""Whole numbers and lists of them."""

from __future__ import annotations

import json
import re
from typing import ClassVar

from palestra.envs.answers.final import final_line
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.verdict import Verdict
from palestra.verifiers.verifier import Verifier

_MAX_DIGITS = 100
_INTEGER = re.compile(r"[+-]?[0-9]{1,100}")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+")
_SEPARATOR = re.compile(r"\s*[,;\s]\s*")
_BLANK_SEPARATOR = re.compile(r"\s*(?:,\s|;|\s)\s*")
_BRACKETS = {"[": "]", "(": ")", "{": "}"}


def read_integer(text: str) -> int:
    """One whole number, such as `42`, `-7` or `1,024`.

    Raises:
        NoAnswerError: The text is anything else.
    """
    bare = text.strip().strip("$`*").replace("\u2212", "-")
    if len(bare) <= 2 * _MAX_DIGITS and (_INTEGER.fullmatch(bare) or _GROUPED.fullmatch(bare)):
        return int(bare.replace(",", ""))
    raise NoAnswerError(f"`{quote(text)}` is no whole number")


def read_integers(text: str) -> tuple[int, ...]:
    """Whole numbers separated by commas, semicolons or blanks, in brackets or not; none for empty brackets.

    Where blanks separate the numbers, commas without blanks group thousands.

    >>> read_integers("[3, -1, 20]"), read_integers("4, 1,344")
    ((3, -1, 20), (4, 1344))

    Raises:
        NoAnswerError: Something else stands in the text.
    """
    bare = text.strip().strip("$`*")
    if bare[:1] in _BRACKETS and bare[-1:] == _BRACKETS.get(bare[:1]):
        bare = bare[1:-1].strip()
        if not bare:
            return ()
    bare = bare.replace("\u2212", "-")
    pieces = _BLANK_SEPARATOR.split(bare)
    if len(pieces) > 1 and all(_INTEGER.fullmatch(piece) or _GROUPED.fullmatch(piece) for piece in pieces):
        return tuple(int(piece.replace(",", "")) for piece in pieces)
    pieces = _SEPARATOR.split(bare)
    if all(map(_INTEGER.fullmatch, pieces)):
        return tuple(map(int, pieces))
    raise NoAnswerError(f"`{quote(text)}` is no list of whole numbers")


class IntegersAnswer(Verifier[tuple[int, ...]]):
    """PASS when the final line is exactly the reference's list of whole numbers, in its order.

    Reference: a JSON list such as `[3, 1, 2]`.
    """

    name: ClassVar[str] = "integers-answer"

    def parse_reference(self, reference: str) -> tuple[int, ...]:
        """Read the list."""
        items = json.loads(reference)
        if not (isinstance(items, list) and set(map(type, items)) <= {int}):
            raise ValueError("the reference must be a JSON list of whole numbers")
        return tuple(items)

    def judge(self, response: str, reference: tuple[int, ...]) -> Verdict:
        """Compare number by number."""
        answer = read_integers(final_line(response))
        if answer == reference:
            return Verdict.passed(f"all {len(reference)} numbers are right")
        if len(answer) != len(reference):
            return Verdict.failed(f"{len(answer)} numbers, right are {len(reference)}")
        wrong = next(i for i, (a, b) in enumerate(zip(answer, reference, strict=True)) if a != b)
        return Verdict.failed(f"number {wrong + 1} is {str(answer[wrong])[:40]}, right is {reference[wrong]}")
