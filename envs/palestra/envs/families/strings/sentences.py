"""Sentences of a small grammar: one word of each class, no word in two classes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from palestra.verifiers.keyed_random import KeyedRandom

CLASSES = (
    "person",
    "verb",
    "number",
    "opinion",
    "size",
    "age",
    "colour",
    "material",
    "thing",
    "manner",
    "place",
    "time",
)
"""The classes of words in the order of an English sentence."""

_NEEDED = ("person", "verb", "thing")
_OTHERS = tuple(name for name in CLASSES if name not in _NEEDED)


@cache
def vocabulary() -> Mapping[str, tuple[str, ...]]:
    """The words of each class."""
    text = Path(__file__).with_name("vocabulary.json").read_text(encoding="ascii")
    return {name: tuple(words) for name, words in json.loads(text).items()}


def draw_classes(num_words: int, rng: KeyedRandom) -> tuple[str, ...]:
    """The classes of a sentence of 3 to 12 words, in English order."""
    chosen = {*_NEEDED, *rng.sample(_OTHERS, num_words - len(_NEEDED))}
    return tuple(name for name in CLASSES if name in chosen)


def draw_words(classes: tuple[str, ...], rng: KeyedRandom) -> tuple[str, ...]:
    """A word of each class."""
    return tuple(rng.choice(vocabulary()[name]) for name in classes)


def draw_text(num_words: int, rng: KeyedRandom) -> str:
    """Lower-case sentences, joined by `while`, of about so many words in all."""
    parts: list[str] = []
    while num_words > 0:
        size = min(len(CLASSES), max(len(_NEEDED), num_words))
        parts.append(" ".join(draw_words(draw_classes(size, rng), rng)).lower())
        num_words -= size + 1
    return " while ".join(parts)
