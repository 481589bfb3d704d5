"""Answers that are lists of pairs of numbers, such as intervals and swaps."""

from __future__ import annotations

import re

from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError

Pairs = tuple[tuple[int, int], ...]

_PAIR = re.compile(r"[\[(]?\s{0,3}([0-9]{1,18})\s{0,3}(?:-|,|to|\s)\s{0,3}([0-9]{1,18})(?:\s{0,3}[\])])?")
_DASH = re.compile(r"[\u2010-\u2015\u2212]")
_SEPARATOR = re.compile(r"[,;\s]{1,4}")


def read_pairs(text: str) -> Pairs:
    """Pairs such as `1-4, 6-9` or `[1, 4], [6, 9]`.

    >>> read_pairs("[[1, 4], [6, 9]]")
    ((1, 4), (6, 9))

    Raises:
        NoAnswerError: Something else stands in the text.
    """
    bare = text.strip().strip("$`*")
    bare = _DASH.sub("-", bare)
    if bare.startswith(("[[", "[(")) and bare.endswith("]"):
        bare = bare[1:-1]
    pairs: list[tuple[int, int]] = []
    end = 0
    while found := _PAIR.match(bare, end):
        pairs.append((int(found[1]), int(found[2])))
        end = found.end()
        if end == len(bare):
            return tuple(pairs)
        separator = _SEPARATOR.match(bare, end)
        if separator is None:
            break
        end = separator.end()
    raise NoAnswerError(f"`{quote(text)}` is no list of pairs of numbers")
