"""Nim: heaps, moves, and which of them win."""

from __future__ import annotations

import re
from functools import reduce
from operator import xor
from string import ascii_uppercase

from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom

Heaps = tuple[int, ...]
Take = tuple[int, int]
"""Index of a heap, and how many objects are taken from it."""

_TAKE = re.compile(
    r"(?:take |remove )?([0-9]{1,6})(?: (?:objects?|stones?|sticks?))? from (?:the )?(?:heap |pile )?([a-z])",
    re.IGNORECASE | re.ASCII,  # else other alphabets have letters that pass for [a-z]
)


def draw_heaps(num_heaps: int, high: int, rng: KeyedRandom) -> Heaps:
    """Heaps of 1..high objects from which the first player wins; empty where a few draws gave none."""
    for _ in range(64):
        heaps = tuple(rng.between(1, high) for _ in range(num_heaps))
        if reduce(xor, heaps):
            return heaps
    return ()


def heaps_text(heaps: Heaps) -> str:
    """The heaps with their names."""
    return ", ".join(f"{ascii_uppercase[i]} = {size}" for i, size in enumerate(heaps))


def take_text(take: Take) -> str:
    """A move in words."""
    return f"take {take[1]} from {ascii_uppercase[take[0]]}"


def read_take(text: str, heaps: Heaps) -> Take:
    """A move such as `take 3 from B`.

    Raises:
        NoAnswerError: The text is no move, or the heaps do not allow it.
    """
    match = _TAKE.fullmatch(" ".join(text.strip("'\"`*. ").split()))
    if match is None:
        raise NoAnswerError(f"`{quote(text)}` is no move such as `take 3 from B`")
    count, heap = int(match[1]), ascii_uppercase.index(match[2].upper())
    if heap >= len(heaps):
        raise NoAnswerError(f"there is no heap {ascii_uppercase[heap]}")
    if not 1 <= count <= heaps[heap]:
        raise NoAnswerError(f"{count} cannot be taken from heap {ascii_uppercase[heap]}, which has {heaps[heap]}")
    return heap, count


def taken(heaps: Heaps, take: Take) -> Heaps:
    """The heaps after a move."""
    heap, count = take
    return (*heaps[:heap], heaps[heap] - count, *heaps[heap + 1 :])


def winning_takes(heaps: Heaps) -> tuple[Take, ...]:
    """All moves after which the exclusive or of the heaps is 0, so that the other player loses.

    Source: https://en.wikipedia.org/wiki/Nim#Mathematical_theory
    """
    total = reduce(xor, heaps, 0)
    return tuple((i, size - (size ^ total)) for i, size in enumerate(heaps) if size ^ total < size)


def random_take(heaps: Heaps, rng: KeyedRandom) -> Take:
    """Any move."""
    heap = rng.choice([i for i, size in enumerate(heaps) if size])
    return heap, rng.between(1, heaps[heap])
