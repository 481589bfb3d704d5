"""Answers that give letters values, such as `A=3, B=7`."""

from __future__ import annotations

import re

from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError

_RELATION = re.compile(r" ?(?:=|:|->) ?")
_SEPARATOR = re.compile(r"[,; ]{1,3}")


def read_letter_values(line: str, value: re.Pattern[str], example: str) -> list[tuple[str, str]]:
    """The letters of a line and their values, in the line's order; letters may repeat.

    Args:
        line: Such as `A=3, B: 7`.
        value: What a value looks like.
        example: Of a line that could be read.

    Raises:
        NoAnswerError: The line is anything else.
    """
    entries = _SEPARATOR.split(_RELATION.sub("=", " ".join(line.strip("{}[]()").split())))
    pairs = [(entry[:1], entry[2:]) for entry in entries if re.match("[A-Za-z]=", entry)]
    if len(pairs) == len(entries) and all(value.fullmatch(shown) for _, shown in pairs):
        return pairs
    raise NoAnswerError(f"`{quote(line)}` is no list like `{example}`")
