"""Analogies of letter strings: `abc` is to `abd` as `ijk` is to what?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

from palestra.envs.answers import TextAnswer
from palestra.envs.config import ramp, stages
from palestra.envs.families.induction.grammar import Grammar, Operation, reversible
from palestra.envs.families.induction.rule_question import RuleConfig, RuleQuestion
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def _moved(letters: str, by: int) -> str | None:
    """Each letter so many places further; None past the ends of the alphabet."""
    places = [ord(letter) - 97 + by for letter in letters]
    return "".join(_ALPHABET[i] for i in places) if all(0 <= i < 26 for i in places) else None


def _part(start: int, end: int | None, by: int) -> Callable[[str], str | None]:
    """Moves the letters of a slice."""

    def apply(text: str) -> str | None:
        first, last, _ = slice(start, end).indices(len(text))
        moved = _moved(text[first:last], by)
        return None if moved is None else text[:first] + moved + text[last:]

    return apply


def _runs(text: str) -> list[str]:
    return ["".join(group) for _, group in groupby(text)]


def _swap_ends(text: str) -> str:
    return text[-1:] + text[1:-1] + text[:1] if len(text) > 1 else text


def _grow(text: str) -> str | None:
    moved = _moved(text[-1:], 1)
    return None if moved is None else text + moved


_LETTERS: tuple[Operation[str], ...] = (
    Operation("last-next", _part(-1, None, 1)),
    Operation("last-before", _part(-1, None, -1)),
    Operation("first-next", _part(0, 1, 1)),
    Operation("first-before", _part(0, 1, -1)),
    Operation("all-next", _part(0, None, 1)),
    Operation("all-before", _part(0, None, -1)),
    Operation("all-next-but-one", _part(0, None, 2)),
    Operation("last-next-but-one", _part(-1, None, 2)),
)
_LENGTH: tuple[Operation[str], ...] = (
    Operation("append-next", _grow),
    Operation("drop-first", lambda t: t[1:] or None),
    Operation("drop-last", lambda t: t[:-1] or None),
    Operation("double-last", lambda t: t + t[-1:]),
    Operation("double-first", lambda t: t[:1] + t),
    Operation("double-all", lambda t: "".join(c + c for c in t)),
    Operation("single-runs", lambda t: "".join(run[0] for run in _runs(t))),
    Operation("lengthen-runs", lambda t: "".join(run + run[0] for run in _runs(t))),
)
_ORDER: tuple[Operation[str], ...] = (
    Operation("sort", lambda t: "".join(sorted(t))),
    Operation("sort-down", lambda t: "".join(sorted(t, reverse=True))),
)
_ARRANGE: tuple[Operation[str], ...] = (
    reversible("reverse", lambda t: t[::-1], lambda t: t[::-1]),
    reversible("rotate-left", lambda t: t[1:] + t[:1], lambda t: t[-1:] + t[:-1]),
    reversible("rotate-right", lambda t: t[-1:] + t[:-1], lambda t: t[1:] + t[:1]),
    reversible("swap-ends", _swap_ends, _swap_ends),
    reversible("repeat", lambda t: t + t, lambda t: t[: len(t) // 2]),
    reversible("mirror", lambda t: t + t[::-1], lambda t: t[: len(t) // 2]),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class AnalogyLettersConfig(RuleConfig):
    """Which analogies are asked."""

    num_examples: int = stages(1, 2, 2, 3, choices=(1, 2, 3, 4))
    """How many pairs are shown, 1..4."""
    size: int = ramp(4, 8, low=3, high=12)
    """Number of letters, 3..12."""


class AnalogyLetters(RuleQuestion[AnalogyLettersConfig, str]):
    """Strings of the alphabet's order, of runs, and with single letters out of place."""

    id: ClassVar[str] = "palestra/AnalogyLetters-v1"
    Config: ClassVar[type[AnalogyLettersConfig]] = AnalogyLettersConfig
    templates = (
        "{examples}\nWhat is {query} to, in the same way?",
        "The alphabet has the order a to z.\n{examples}\nBy the same change, what does {query} become?",
        "Complete the analogy for {query}.\n{examples}",
        "{examples}\nand {query} is to what?",
    )
    answer_format = "Reply with the letters alone."
    verifier = TextAnswer()
    grammar = Grammar(_LETTERS, _LENGTH, _ORDER, _ARRANGE)

    def sample(self, rng: KeyedRandom) -> str:
        """A stretch of the alphabet, runs of neighbours, or a stretch with one letter out of place."""
        size, kind = rng.between(self.config.size - 1, self.config.size), rng.below(4)
        if kind == 0:
            num_runs = (size + 1) // 2
            start = rng.below(26 - num_runs)
            return "".join(letter * rng.between(1, 3) for letter in _ALPHABET[start : start + num_runs])
        step = rng.between(1, 2) if size <= 8 else 1
        start = rng.below(26 - step * (size - 1))
        letters = list(_ALPHABET[start::step][:size])
        if kind == 1:
            letters[rng.below(size)] = rng.choice(_ALPHABET)
        if kind == 2:
            rng.shuffle(letters)
        return "".join(letters)

    def show(self, value: str) -> str:
        """As it is."""
        return value

    def reference(self, value: str) -> str:
        """As it is."""
        return value

    def example(self, given: str, result: str) -> str:
        """The words of an analogy."""
        return f"{given} is to {result}"

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Another string of the same kind."""
        return self.sample(rng)
