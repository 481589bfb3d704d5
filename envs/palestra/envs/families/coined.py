"""Names that nobody has heard: made of syllables, for worlds that must not be known beforehand."""

from __future__ import annotations

from palestra.verifiers.keyed_random import KeyedRandom

_STARTS = ("B", "Br", "D", "Dr", "F", "G", "Gl", "H", "K", "L", "M", "N", "P", "Q", "R", "S", "St", "T", "V", "Z")
_VOWELS = ("a", "e", "i", "o", "u", "ae", "ei", "ou")
_MIDDLES = ("l", "ld", "m", "nd", "r", "rv", "s", "st", "t", "v", "lm", "nt")
_ENDS = ("a", "en", "in", "is", "o", "us", "el", "an", "or", "eth")


_ALL = len(_STARTS) * len(_VOWELS) * len(_MIDDLES) * len(_ENDS)


def coined(rng: KeyedRandom) -> str:
    """A made-up name such as `Branden`; there are some 19,000."""
    rest, end = divmod(rng.below(_ALL), len(_ENDS))  # one draw for all, since there are worlds of many names
    rest, middle = divmod(rest, len(_MIDDLES))
    start, vowel = divmod(rest, len(_VOWELS))
    return _STARTS[start] + _VOWELS[vowel] + _MIDDLES[middle] + _ENDS[end]


def coined_names(rng: KeyedRandom, count: int) -> list[str]:
    """So many different ones."""
    found: dict[str, None] = {}
    while len(found) < count:
        found[coined(rng)] = None
    return list(found)
