"""Edits of words: find out how words are changed, and change one more."""

from __future__ import annotations

from itertools import zip_longest
from typing import ClassVar

from palestra.envs.answers import TextAnswer
from palestra.envs.families.induction.grammar import Grammar, Operation, reversible
from palestra.envs.families.induction.rule_question import RuleConfig, RuleQuestion
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_VOWELS, _CONSONANTS = "aeiou", "bcdfghjklmnprstvwz"
_NEXT = str.maketrans(_LETTERS, _LETTERS[1:] + _LETTERS[:1])
_BEFORE = str.maketrans(_LETTERS, _LETTERS[-1:] + _LETTERS[:-1])
_OPPOSITE = str.maketrans(_LETTERS, _LETTERS[::-1])
_NEXT_VOWEL = str.maketrans(_VOWELS, _VOWELS[1:] + _VOWELS[:1])
_TO_DASH = str.maketrans(_VOWELS, "-" * len(_VOWELS))


def _swap_neighbours(word: str) -> str:
    return "".join(word[i : i + 2][::-1] for i in range(0, len(word), 2))


def _swap_halves(word: str) -> str:
    half = (len(word) + 1) // 2
    return word[half:] + word[:half]


def _swap_ends(word: str) -> str:
    return word[-1:] + word[1:-1] + word[:1] if len(word) > 1 else word


def _interleaved(word: str) -> str:
    half = (len(word) + 1) // 2
    return "".join(a + b for a, b in zip_longest(word[:half], word[half:], fillvalue=""))


def _double_vowels(word: str) -> str:
    return "".join(letter * 2 if letter in _VOWELS else letter for letter in word)


_SELECT: tuple[Operation[str], ...] = (
    Operation("drop-first", lambda w: w[1:]),
    Operation("drop-last", lambda w: w[:-1]),
    Operation("first-4", lambda w: w[:4]),
    Operation("last-4", lambda w: w[-4:]),
    Operation("drop-ends", lambda w: w[1:-1]),
    Operation("every-second", lambda w: w[::2]),
    Operation("drop-vowels", lambda w: "".join(c for c in w if c not in _VOWELS)),
    Operation("drop-repeats", lambda w: "".join(dict.fromkeys(w))),
    Operation("drop-middle", lambda w: w[: len(w) // 2] + w[len(w) // 2 + 1 :]),
)
_CHANGE: tuple[Operation[str], ...] = (
    Operation("next-letters", lambda w: w.translate(_NEXT)),
    Operation("letters-before", lambda w: w.translate(_BEFORE)),
    Operation("opposite-letters", lambda w: w.translate(_OPPOSITE)),
    Operation("next-vowels", lambda w: w.translate(_NEXT_VOWEL)),
    Operation("hide-vowels", lambda w: w.translate(_TO_DASH)),
    Operation("double-letters", lambda w: "".join(c + c for c in w)),
    Operation("double-vowels", _double_vowels),
    Operation("swap-neighbours", _swap_neighbours),
    Operation("first-becomes-next", lambda w: w[:1].translate(_NEXT) + w[1:]),
    Operation("last-becomes-next", lambda w: w[:-1] + w[-1:].translate(_NEXT)),
)
_ORDER: tuple[Operation[str], ...] = (
    Operation("sort", lambda w: "".join(sorted(w))),
    Operation("sort-down", lambda w: "".join(sorted(w, reverse=True))),
)
_ARRANGE: tuple[Operation[str], ...] = (
    reversible("reverse", lambda w: w[::-1], lambda w: w[::-1]),
    reversible("rotate-left", lambda w: w[1:] + w[:1], lambda w: w[-1:] + w[:-1]),
    reversible("rotate-right", lambda w: w[-1:] + w[:-1], lambda w: w[1:] + w[:1]),
    reversible("swap-halves", _swap_halves, lambda w: w[len(w) // 2 :] + w[: len(w) // 2]),
    reversible("swap-ends", _swap_ends, _swap_ends),
    reversible("append-first", lambda w: w + w[:1], lambda w: w[:-1]),
    reversible("prepend-last", lambda w: w[-1:] + w, lambda w: w[1:]),
    reversible("append-length", lambda w: f"{w}{len(w)}", lambda w: w.rstrip("0123456789")),
    reversible("mirror", lambda w: w + w[::-1], lambda w: w[: len(w) // 2]),
    reversible("odd-then-even", lambda w: w[::2] + w[1::2], _interleaved),
)


class StringTransform(RuleQuestion[RuleConfig, str]):
    """Rules that select, change and arrange letters."""

    id: ClassVar[str] = "palestra/StringTransform-v1"
    Config: ClassVar[type[RuleConfig]] = RuleConfig
    templates = (
        "One rule changes each of these words:\n{examples}\nWhat does it make of {query}?",
        "{examples}\nApply the same change to {query}.",
        "Find the rule behind these examples and apply it to {query}.\n{examples}",
        "Every word on the left became the one on the right in the same way.\n{examples}\n{query} -> ?",
    )
    answer_format = "Reply with the resulting word alone."
    verifier = TextAnswer()
    grammar = Grammar(_SELECT, _CHANGE, _ORDER, _ARRANGE)

    def sample(self, rng: KeyedRandom) -> str:
        """A word that can be spoken, of our own making."""
        size = rng.between(self.config.size - 1, self.config.size + 1)
        start = rng.below(2)
        return "".join(rng.choice(_VOWELS if (i + start) % 2 else _CONSONANTS) for i in range(size))

    def show(self, value: str) -> str:
        """As it is."""
        return value

    def reference(self, value: str) -> str:
        """As it is."""
        return value

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Another word."""
        return self.sample(rng)
