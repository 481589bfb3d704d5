"""The kinds of values that generated functions take, pass on and return, and how inputs are drawn."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from palestra.verifiers.keyed_random import KeyedRandom

_WORDS = (
    "acorn", "amber", "anvil", "apple", "arrow", "bacon", "badge", "basil", "beach", "bell", "birch", "boat", "brick",
    "cabin", "camel", "candle", "cedar", "chalk", "cloud", "coral", "cube", "daisy", "delta", "drum", "eagle", "elm",
    "ember", "fable", "fern", "flint", "fox", "gate", "glove", "grape", "harp", "hazel", "honey", "ice", "inlet",
    "iris", "ivory", "jade", "kayak", "kite", "lamp", "lemon", "level", "lily", "lime", "maple", "mint", "moss",
    "noon", "oak", "oat", "ocean", "olive", "onion", "opal", "otter", "owl", "pearl", "plum", "pond", "quill", "radar",
    "raven", "reef", "river", "rose", "rust", "sage", "salt", "seed", "shell", "silk", "snow", "sun", "tea", "tiger",
    "toast", "topaz", "tree", "tulip", "urn", "vase", "vine", "wax", "wheel", "wolf", "yarn", "zinc",
)  # fmt: skip
_NAMES = ("ada", "bo", "cleo", "dan", "eva", "finn", "gus", "ida", "jo", "kai", "lea", "max", "nia", "otto", "rita")
_GROUPS = ("blue", "green", "red", "gold")


class Shape(StrEnum):
    """A kind of value."""

    NUMBERS = "numbers"
    WORDS = "words"
    RECORDS = "records"
    TEXT = "text"
    NUMBER = "number"
    TABLE = "table"

    @property
    def described(self) -> str:
        """For a prompt."""
        return _DESCRIBED[self]

    @property
    def returned(self) -> str:
        """For a prompt, where a function has made the value: it may hold any text."""
        return _RETURNED.get(self, self.described)


_DESCRIBED = {
    Shape.NUMBERS: "a list of integers",
    Shape.WORDS: "a list of lower-case words",
    Shape.RECORDS: 'a list of records, each a dict with the keys "name" (text), "group" (text) and "score" (integer)',
    Shape.TEXT: "a text of lower-case words with single spaces between them",
    Shape.NUMBER: "an integer",
    Shape.TABLE: "a dict from texts to integers",
}

_RETURNED = {Shape.WORDS: "a list of texts", Shape.TEXT: "a text"}

INPUTS = (Shape.NUMBERS, Shape.WORDS, Shape.RECORDS, Shape.TEXT)
"""What functions take."""


def draw_input(shape: Shape, size: int, rng: KeyedRandom) -> Any:
    """A value of the shape with `size` items; some items occur twice."""
    if shape is Shape.NUMBERS:
        numbers = [rng.between(-12, 40) for _ in range(size)]
        return [rng.choice(numbers) if rng.below(4) == 0 else number for number in numbers]
    if shape is Shape.RECORDS:
        return [
            {"name": rng.choice(_NAMES), "group": rng.choice(_GROUPS), "score": rng.between(-9, 60)}
            for _ in range(size)
        ]
    words = [rng.choice(_WORDS) for _ in range(size)]
    words = [rng.choice(words) if rng.below(4) == 0 else word for word in words]
    return words if shape is Shape.WORDS else " ".join(words)


def empty_input(shape: Shape) -> Any:
    """The value of the shape without any item."""
    return "" if shape is Shape.TEXT else []


def copied(value: Any) -> Any:
    """A value of its own, whatever somebody does to the other."""
    if isinstance(value, list):
        return [copied(item) for item in value]
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    return value
