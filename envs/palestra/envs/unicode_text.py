"""A Gymnasium space of arbitrary Unicode text, with shared memory for vector environments."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Sequence
from ctypes import c_char, c_uint32
from typing import Any, overload

from gymnasium import Space
from gymnasium.vector.utils import shared_memory

_PRINTABLE = [chr(code) for code in range(32, 127)]


class UnicodeText(Space[str]):
    """Every text of at most `max_length` characters.

    Gymnasium's own `Text` has a finite alphabet (its default one lacks "+" and "?"), is slow to build
    with a full one, and rejects the empty text.

        >>> "What is 2 + 2?" in UnicodeText(max_length=100)
        True
    """

    def __init__(self, max_length: int = 1 << 16, *, seed: int | None = None) -> None:
        if max_length < 1:
            raise ValueError(f"max_length must be positive, got {max_length}")
        self.max_length = max_length
        super().__init__(dtype=str, seed=seed)

    @property
    def is_np_flattenable(self) -> bool:
        """Text has no fixed-size array form."""
        return False

    def contains(self, x: Any) -> bool:
        """Whether `x` is a text of at most `max_length` characters."""
        return isinstance(x, str) and len(x) <= self.max_length

    def sample(self, mask: None = None, probability: None = None) -> str:
        """A short line of printable characters; environments offer better guesses (`TextEnv.guess`)."""
        length = int(self.np_random.integers(0, min(32, self.max_length) + 1))
        return "".join(_PRINTABLE[int(i)] for i in self.np_random.integers(0, len(_PRINTABLE), size=length))

    def to_jsonable(self, sample_n: Iterable[str]) -> list[str]:
        """The samples as they are."""
        return list(sample_n)

    def from_jsonable(self, sample_n: list[Any]) -> list[str]:
        """The samples as they are."""
        return [str(sample) for sample in sample_n]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UnicodeText) and self.max_length == other.max_length

    def __hash__(self) -> int:
        return hash((type(self), self.max_length))

    def __repr__(self) -> str:
        return f"UnicodeText(max_length={self.max_length})"


# Shared memory of one text: its length in bytes, then 4 bytes for each character that it may have
# (UTF-8; lone surrogates pass, since models and attackers write them).


@shared_memory.create_shared_memory.register(UnicodeText)
def _create(space: UnicodeText, n: int = 1, ctx: Any = multiprocessing) -> tuple[Any, Any]:
    return ctx.Array(c_uint32, n), ctx.Array(c_char, n * 4 * space.max_length)


@shared_memory.read_from_shared_memory.register(UnicodeText)
def _read(space: UnicodeText, memory: tuple[Any, Any], n: int = 1) -> SharedTexts:
    return SharedTexts(memory, stride=4 * space.max_length, count=n)


@shared_memory.write_to_shared_memory.register(UnicodeText)
def _write(space: UnicodeText, index: int, value: str, memory: tuple[Any, Any]) -> None:
    lengths, data = memory
    encoded = value[: space.max_length].encode("utf-8", "surrogatepass")
    start = index * 4 * space.max_length
    memoryview(data.get_obj()).cast("B")[start : start + len(encoded)] = encoded
    lengths[index] = len(encoded)


class SharedTexts(Sequence[str]):
    """The texts that the workers wrote last.

    Gymnasium reads shared memory once, when the environments start, and takes the result for a live
    view, as it is with arrays; a tuple of texts would stay as it was at the start for ever. A deep copy,
    which Gymnasium hands out by default, is a plain tuple.
    """

    def __init__(self, memory: tuple[Any, Any], *, stride: int, count: int) -> None:
        self._lengths, self._data = memory
        self._stride, self._count = stride, count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...

    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        if isinstance(index, slice):
            return tuple(self[i] for i in range(*index.indices(self._count)))
        i = range(self._count)[index]
        start = i * self._stride
        view = memoryview(self._data.get_obj()).cast("B")
        return bytes(view[start : start + self._lengths[i]]).decode("utf-8", "surrogatepass")

    def __deepcopy__(self, memo: dict[int, Any]) -> tuple[str, ...]:
        return tuple(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and not isinstance(other, str) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"SharedTexts{tuple(self)}"
