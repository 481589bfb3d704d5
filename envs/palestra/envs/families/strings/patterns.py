"""A small language of patterns: a subset of regular expressions with its own matcher."""

from __future__ import annotations

from dataclasses import dataclass

from palestra.verifiers.keyed_random import KeyedRandom

_REPEATS = {"": (1, 1), "?": (0, 1), "*": (0, 4), "+": (1, 4), "{2}": (2, 2)}  # the 4 is for drawing alone
_ANY = "."


@dataclass(frozen=True, slots=True)
class Element:
    """Some letters (or `.` for all), and how often they may occur."""

    letters: str
    repeat: str = ""

    def text(self) -> str:
        """The element as it is written."""
        return (self.letters if len(self.letters) == 1 else f"[{self.letters}]") + self.repeat

    def fits(self, letter: str) -> bool:
        """Whether it may be this letter."""
        return self.letters == _ANY or letter in self.letters


Pattern = tuple[Element, ...]


def is_match(pattern: Pattern, text: str) -> bool:
    """Whether the pattern fits the whole text.

    >>> is_match((Element("a", "+"), Element("bc")), "aac")
    True
    """
    ends = 1  # bit i: the elements so far fit the first i letters
    for element in pattern:
        fitting = sum(1 << i for i, letter in enumerate(text) if element.fits(letter))
        low, high = _REPEATS[element.repeat]
        for _ in range(low):
            ends = (ends & fitting) << 1
        if high > low:
            ends = _repeated(ends, fitting) if element.repeat in "*+" else ends | (ends & fitting) << 1
    return bool(ends >> len(text) & 1)


def _repeated(ends: int, fitting: int) -> int:
    while (more := ends | (ends & fitting) << 1) != ends:
        ends = more
    return ends


def draw_pattern(num_elements: int, letters: str, num_features: int, rng: KeyedRandom) -> Pattern:
    """A random pattern; features: 1 plain and `.`, 2 with `?` and `*`, 3 with sets, 4 with `+` and `{2}`."""
    elements: list[Element] = []
    for _ in range(num_elements):
        kind = rng.below(8)
        chosen = rng.choice(letters)
        if kind == 0:
            chosen = _ANY
        elif kind <= 2 and num_features >= 3:
            chosen = "".join(sorted(rng.sample(letters, 2)))
        repeats = ("", "", "", *(("?", "*") if num_features >= 2 else ()), *(("+", "{2}") if num_features >= 4 else ()))
        elements.append(Element(chosen, rng.choice(repeats)))
    return tuple(elements)


def draw_match(pattern: Pattern, letters: str, rng: KeyedRandom) -> str:
    """A random text that the pattern fits."""
    text = ""
    for element in pattern:
        low, high = _REPEATS[element.repeat]
        choices = letters if element.letters == _ANY else element.letters
        text += "".join(rng.choice(choices) for _ in range(rng.between(low, high)))
    return text
