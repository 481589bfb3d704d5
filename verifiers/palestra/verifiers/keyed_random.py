"""Random draws that are the same for ever: on every machine, Python and version of a library."""

from __future__ import annotations

import struct
from collections.abc import MutableSequence, Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")

_WORDS = struct.Struct("<8Q")  # a 64-byte digest holds eight 64-bit words
_TWO_64 = 1 << 64
_FLOAT_BITS = 53


class KeyedRandom:
    """A stream of draws that a text key decides entirely (BLAKE2b in counter mode).

    Unlike the streams of `random` and numpy, which their authors may change, and unlike
    `seed + index`, which makes neighbouring seeds share items, two different keys give
    independent streams.

        >>> rng = KeyedRandom("countdown", "train", 0, 7)
        >>> [rng.below(10) for _ in range(5)]
        [4, 2, 8, 4, 9]
    """

    __slots__ = ("_block", "_key", "_words")

    def __init__(self, *key: str | int) -> None:
        self._key = blake2b(_encoded(key), digest_size=64).digest()
        self._block = 0
        self._words: list[int] = []

    def word(self) -> int:
        """The next 64 random bits."""
        return (self._words or self._more()).pop()

    def below(self, bound: int) -> int:
        """An integer in [0, bound), without bias; `bound` is at most 2**64.

        Raises:
            ValueError: `bound` is not positive.
        """
        if bound <= 0:
            raise ValueError(f"bound must be positive, got {bound}")
        while True:
            word = (self._words or self._more()).pop()
            # The limit is 2**64 - 2**64 % bound; the first comparison is cheaper and nearly always enough.
            if word < _TWO_64 - bound or word < _TWO_64 - _TWO_64 % bound:
                return word % bound

    def share(self) -> float:
        """A number in [0, 1), of as many bits as a float holds."""
        return (self.word() >> (64 - _FLOAT_BITS)) / (1 << _FLOAT_BITS)

    def between(self, low: int, high: int) -> int:
        """An integer in [low, high], both ends included."""
        return low + self.below(high - low + 1)

    def choice(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[self.below(len(items))]

    def shuffle(self, items: MutableSequence[T]) -> None:
        """Put the items into a random order, in place."""
        below = self.below
        for i in range(len(items) - 1, 0, -1):
            j = below(i + 1)
            items[i], items[j] = items[j], items[i]

    def sample(self, items: Sequence[T], count: int) -> list[T]:
        """`count` different positions of `items`, in random order."""
        pool, below = list(items), self.below
        for i in range(count):
            j = i + below(len(pool) - i)
            pool[i], pool[j] = pool[j], pool[i]
        return pool[:count]

    def _more(self) -> list[int]:
        """The words of the next block; the last one is drawn first."""
        digest = blake2b(self._block.to_bytes(8, "little"), key=self._key).digest()
        self._block += 1
        self._words = list(_WORDS.unpack(digest))
        return self._words


def stable_hash(*key: str | int) -> int:
    """64 bits that depend on the key alone (unlike `hash`, which changes with each process)."""
    return int.from_bytes(blake2b(_encoded(key), digest_size=8).digest(), "little")


def _encoded(key: tuple[str | int, ...]) -> bytes:
    """The parts with their types and lengths, so that no two keys read alike."""
    parts = [f"s{len(part)}:{part}" if isinstance(part, str) else f"i{part:d};" for part in key]
    return "".join(parts).encode("utf-8", "surrogatepass")
