"""Parts of regular expressions: how each is written, said in words, and what it can match."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from palestra.verifiers.keyed_random import KeyedRandom

LETTERS = "abcdxyz"
DIGITS = "0123456789"
_MARKS = "-:/#"
_MANY = 7


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One of several texts, some times in a row."""

    single: str
    """The pattern of one."""
    mark: str
    """How often, behind the pattern."""
    words: str
    options: tuple[str, ...]
    """What it can be once."""
    counts: tuple[int, ...]
    """How often in a row; of what has no upper bound the first few."""

    @property
    def text(self) -> str:
        """The pattern."""
        return _repeated(self.single, self.mark)

    def rivals(self) -> Iterator[str]:
        """Patterns that might be taken for this one: another number of times, an option less, or any character."""
        yield from (_repeated(self.single, mark) for mark, _, _ in _COUNTS if mark != self.mark)
        if all(len(option) == 1 for option in self.options):
            yield f".{self.mark}"
        if 1 < len(self.options) < len(DIGITS):  # all digits come to mind after some of them
            for missing in self.options:
                kept = (re.escape(option) for option in self.options if option != missing)
                yield f"(?:{'|'.join(kept)}){self.mark}"

    def draw(self, rng: KeyedRandom, turn: int) -> str:
        """A text of the part; over the turns every count and every option occurs."""
        count = self.counts[(turn + rng.below(2)) % len(self.counts)]
        first = self.options[(turn + rng.below(2)) % len(self.options)]
        return "".join([first if i == 0 else rng.choice(self.options) for i in range(count)])

    def long(self, rng: KeyedRandom) -> str:
        """A text of the part, of many where there is no upper bound."""
        count = _MANY if self.mark in ("+", "*", "{2,}") else self.counts[-1]
        return "".join(rng.choice(self.options) for _ in range(count))


def draw_part(rng: KeyedRandom, num_features: int) -> Part:
    """A part; the features are fixed texts, sets, alternatives, and repetitions of all of them."""
    single, words, options = _one(rng, num_features)
    mark, how, counts = rng.choice(_COUNTS[: 2 * num_features + 1])
    return Part(single=single, mark=mark, words=f"{how}{words}", options=options, counts=counts)


def _repeated(single: str, mark: str) -> str:
    is_one = len(single) == 1 or single[0] in "([\\"
    return f"{single}{mark}" if is_one or not mark else f"(?:{single}){mark}"


_COUNTS = (
    ("", "", (1,)),
    ("?", "optionally ", (0, 1)),
    ("+", "one or more times ", (1, 2, 3)),
    ("*", "zero or more times ", (0, 1, 2, 3)),
    ("{2}", "twice ", (2,)),
    ("{1,3}", "one to three times ", (1, 2, 3)),
    ("{2,}", "at least twice ", (2, 3, 4)),
)


def _one(rng: KeyedRandom, num_features: int) -> tuple[str, str, tuple[str, ...]]:
    kind = rng.below(min(4, num_features + 1))
    if kind == 0:
        text = rng.choice(LETTERS) + rng.choice(("", rng.choice(LETTERS)))
        return text, f'"{text}"', (text,)
    if kind == 1:
        return r"\d", "a digit", tuple(DIGITS)
    if kind == 2:
        letters = "".join(sorted(rng.sample(LETTERS, rng.between(2, 4))))
        return f"[{letters}]", f"one of the letters {', '.join(letters)}", tuple(letters)
    options = dict.fromkeys(
        "".join(rng.choice(LETTERS + _MARKS) for _ in range(rng.between(1, 3))) for _ in range(rng.between(2, 3))
    )
    quoted = " or ".join(f'"{option}"' for option in options)
    return f"(?:{'|'.join(options)})", quoted, tuple(options)
