"""Sorting words by a stated rule."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.strings.word_order import WordOrderQuestion
from palestra.envs.families.words import words
from palestra.envs.family import Content
from palestra.verifiers.keyed_random import KeyedRandom

_RULES: tuple[tuple[str, Callable[[str], tuple[str | int, str]]], ...] = (
    ("in alphabetical order", lambda word: (word, "")),
    ("by length, shortest first, and words of equal length in alphabetical order", lambda word: (len(word), word)),
    ("by last letter from a to z, and words with the same last letter in alphabetical order", lambda w: (w[-1], w)),
    ("in alphabetical order as if they were spelled backward", lambda word: (word[::-1], "")),
    ("by second letter from a to z, and words with the same second letter in alphabetical order", lambda w: (w[1], w)),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class WordSortingConfig(FamilyConfig):
    """Which words are sorted."""

    num_words: int = ramp(3, 30, low=2, high=200)
    """How many words are given."""
    num_rules: int = stages(1, 2, 3, 4, 5)
    """From how many rules of order one is drawn."""


@dataclass(frozen=True, slots=True)
class WordSortingKey:
    """The words, the place of the rule, and whether the order is reversed."""

    words: tuple[str, ...]
    rule: int
    is_reversed: bool


class WordSorting(WordOrderQuestion[WordSortingConfig, WordSortingKey]):
    """Lists of different words."""

    id: ClassVar[str] = "palestra/WordSorting-v1"
    Config: ClassVar[type[WordSortingConfig]] = WordSortingConfig
    templates = (
        "Sort these words {rule}: {words}",
        "Words: {words}\nList them {rule}.",
        "Put {words} {rule}.",
        "Here are some words: {words}\nThey shall be arranged {rule}.",
    )
    answer_format = "The last line of your reply must be the sorted words, separated by commas."

    def draw(self, rng: KeyedRandom) -> WordSortingKey:
        """Different words and a rule."""
        config, chosen = self.config, dict[str, None]()
        while len(chosen) < config.num_words:
            chosen[rng.choice(words())] = None
        rule = rng.below(config.num_rules)
        return WordSortingKey(tuple(chosen), rule, config.num_rules > 1 and rng.below(3) == 0)

    def canonical(self, key: WordSortingKey) -> str:
        """The rule and the set of words."""
        return f"{key.rule} {key.is_reversed} {' '.join(sorted(key.words))}"

    def build(self, key: WordSortingKey, rng: KeyedRandom) -> Content | None:
        """Ask for the sorted list; None where nothing is to be done."""
        phrase, order = _RULES[key.rule]
        answer = sorted(key.words, key=order, reverse=key.is_reversed)
        if tuple(answer) == key.words:
            return None
        return Content(
            slots={
                "words": ", ".join(key.words),
                "rule": f"{phrase}; then reverse the whole list" if key.is_reversed else phrase,
            },
            reference=json.dumps(answer),
            effort=len(answer),
        )
