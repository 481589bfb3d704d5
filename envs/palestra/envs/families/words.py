"""Common English words of three to eight letters, for the families that need a dictionary."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def words(length: int | None = None) -> tuple[str, ...]:
    """Lower-case words in alphabetical order: all, or those of one length.

    >>> len(words()), words(3)[:3]
    (3561, ('ace', 'act', 'add'))
    """
    if length is not None:
        return tuple(word for word in words() if len(word) == length)
    return tuple(Path(__file__).with_name("words.txt").read_text(encoding="ascii").split())


@cache
def word_set() -> frozenset[str]:
    """The same words, for asking whether a text is one of them."""
    return frozenset(words())
