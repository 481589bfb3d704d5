"""Patterns that differ from the right one in one part, and the texts that refute them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from palestra.envs.families.code.regex_parts import Part

_ready = lru_cache(maxsize=8192)(re.compile)  # parts of our own patterns, and the texts are short


@dataclass(frozen=True, kw_only=True, slots=True)
class SplitText:
    """A text, and where the parts of a pattern can begin and end in it."""

    text: str
    begins: tuple[tuple[int, ...], ...]
    """For each part the places up to which all parts before it match."""
    ends: tuple[tuple[int, ...], ...]
    """For each part the places from which all parts behind it match to the end."""

    @classmethod
    def of(cls, text: str, parts: Sequence[Part]) -> SplitText:
        """Split a text by the parts of a pattern."""
        matches, places = [_ready(part.text).fullmatch for part in parts], range(len(text) + 1)
        begins: list[tuple[int, ...]] = [(0,)]
        ends: list[tuple[int, ...]] = [(len(text),)]
        for match in matches[:-1]:
            begins.append(tuple({j for i in begins[-1] for j in places[i:] if match(text, i, j)}))
        for match in matches[:0:-1]:
            ends.append(tuple({i for j in ends[-1] for i in places[: j + 1] if match(text, i, j)}))
        return cls(text=text, begins=tuple(begins), ends=tuple(reversed(ends)))

    def fits(self, place: int, rival: str) -> bool:
        """Whether the pattern with a rival in place of one part matches the whole text."""
        match = _ready(rival).fullmatch
        for i in self.begins[place]:
            for j in self.ends[place]:
                if i <= j and match(self.text, i, j):
                    return True
        return False

    def fits_anything(self, place: int) -> bool:
        """Whether the pattern with anything in place of one part matches the whole text."""
        begins, ends = self.begins[place], self.ends[place]
        return bool(begins) and bool(ends) and min(begins) <= max(ends)


def refuting_laxer(parts: Sequence[Part], others: Sequence[SplitText]) -> set[str] | None:
    """Some texts which refute all patterns that let anything pass in place of a part; None where a pattern stays.

    Args:
        parts: Of the right pattern.
        others: What it does not match.
    """
    found: dict[str, SplitText] = {}
    for place in range(len(parts)):
        if not any(text.fits_anything(place) for text in found.values()):
            text = next((text for text in others if text.fits_anything(place)), None)
            if text is None:
                return None
            found[text.text] = text
    return set(found)


def refuting_rivals(parts: Sequence[Part], matching: Sequence[SplitText], others: Sequence[SplitText]) -> set[str]:
    """Some of the texts, which refute every rival of a part that any of the texts refutes.

    Args:
        parts: Of the right pattern.
        matching: What it matches.
        others: What it does not.
    """
    judged = [*((text, True) for text in matching), *((text, False) for text in others)]
    found: list[tuple[SplitText, bool]] = []
    for place, part in enumerate(parts):
        for rival in part.rivals():
            if not any(text.fits(place, rival) is not is_right for text, is_right in found):
                first = next((each for each in judged if each[0].fits(place, rival) is not each[1]), None)
                found += [] if first is None else [first]
    return {text.text for text, _ in found}
