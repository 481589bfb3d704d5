"""Random draws that are the same for ever: on every machine, Python and version of a library."""

from __future__ import annotations

import struct
from collections.abc import MutableSequence, Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")

_WORDS = struct.Struct("<8Q")  # a 64-byte digest holds eight 64-bit words
_TWO_64 = 1 << 64
_SMALL = 1 << 32
_FAIR = _TWO_64 - _SMALL
"""Words below this are fair for every bound up to `_SMALL`: nearly all are, which saves the exact limit."""
_FLOAT_BITS = 53
_ZERO = bytes(8)  # the counter of the first block


class KeyedRandom:
    """A stream of draws that a text key decides entirely (BLAKE2b in counter mode).

    Unlike the streams of `random` and numpy, which their authors may change, and unlike
    `seed + index`, which makes neighbouring seeds share items, two different keys give
    independent streams.

        >>> rng = KeyedRandom("countdown", "train", 0, 7)
        >>> [rng.below(10) for _ in range(5)]
        [4, 2, 8, 4, 9]

    A beginning that many keys share is encoded once and given as `start`:

        >>> start = key_start("countdown", "train", 0)
        >>> [KeyedRandom(index, start=start).below(10) for index in (7, 8)]
        [4, 5]
    """

    __slots__ = ("_block", "_key", "_words")

    def __init__(self, *key: str | int, start: bytes = b"") -> None:
        self._key = blake2b(start + _encoded(key)).digest()
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
        word = (self._words or self._more()).pop()
        return word % bound if word < _FAIR and bound <= _SMALL else self._fair(word, bound)

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
        for i in range(len(items) - 1, 0, -1):
            word = (self._words or self._more()).pop()  # as in `below`, whose call would take most of the time
            j = word % (i + 1) if word < _FAIR and i < _SMALL else self._fair(word, i + 1)
            items[i], items[j] = items[j], items[i]

    def sample(self, items: Sequence[T], count: int) -> list[T]:
        """`count` different positions of `items`, in random order.

        Raises:
            ValueError: There are not so many.
        """
        pool = list(items)
        size = len(pool)
        if count > size:
            raise ValueError(f"{count} items wanted of {size}")
        for i in range(count):
            word = (self._words or self._more()).pop()  # as in `below`, see `shuffle`
            bound = size - i
            j = i + (word % bound if word < _FAIR and bound <= _SMALL else self._fair(word, bound))
            pool[i], pool[j] = pool[j], pool[i]
        return pool[:count]

    def _fair(self, word: int, bound: int) -> int:
        """The remainder of this word, or of the first that follows it below the last whole multiple of `bound`."""
        while word >= _TWO_64 - bound and word >= _TWO_64 - _TWO_64 % bound:  # the first is cheap, and enough
            word = self.word()
        return word % bound

    def _more(self) -> list[int]:
        """The words of the next block; the last one is drawn first."""
        counter = self._block.to_bytes(8, "little") if self._block else _ZERO
        self._block += 1
        self._words = words = list(_WORDS.unpack(blake2b(counter, key=self._key).digest()))
        return words


def stable_hash(*key: str | int, start: bytes = b"") -> int:
    """64 bits that depend on the key alone (unlike `hash`, which changes with each process).

    `start` is the beginning of the key, where many keys share one: see `key_start`.
    """
    return int.from_bytes(blake2b(start + _encoded(key), digest_size=8).digest(), "little")


def key_start(*key: str | int, start: bytes = b"") -> bytes:
    """A beginning that many keys share, for `KeyedRandom`, `stable_hash` and longer beginnings."""
    return start + _encoded(key)


def _encoded(key: tuple[str | int, ...]) -> bytes:
    """The parts with their types and lengths, so that no two keys read alike."""
    text = ""
    for part in key:
        text += f"s{len(part)}:{part}" if isinstance(part, str) else f"i{part:d};"
    return text.encode("utf-8", "surrogatepass")
