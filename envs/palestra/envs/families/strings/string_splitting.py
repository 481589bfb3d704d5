"""Cutting a string into pieces, and working on the pieces."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import WordsAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.phrasing import listed
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_LETTERS = "abcdefgh"
_MIN_PIECES = 2


def _lengths(text: str, sizes: str) -> list[str]:
    pieces, turn = list[str](), 0
    while text:
        size = int(sizes[turn % len(sizes)])
        pieces.append(text[:size])
        text, turn = text[size:], turn + 1
    return pieces


def _cut(text: str, letters: str, place: int) -> list[str]:
    pieces = [""]
    for letter in text:
        if letter not in letters:
            pieces[-1] += letter
            continue
        if place == 0:
            pieces.append("")
        pieces[-1] += letter
        if place == 1:
            pieces.append("")
    return [piece for piece in pieces if piece]


_CUTS: dict[str, tuple[str, Callable[[str, str], list[str]]]] = {
    "lengths": ("Cut it into pieces of {} letters, again and again; the last piece may be shorter", _lengths),
    "before": ("Cut it before every {}", lambda text, letters: _cut(text, letters, 0)),
    "after": ("Cut it after every {}", lambda text, letters: _cut(text, letters, 1)),
}
_STEPS: dict[str, tuple[str, Callable[[list[str]], list[str]]]] = {
    "reverse": ("reverse the letters of each piece", lambda pieces: [piece[::-1] for piece in pieces]),
    "backward": ("reverse the order of the pieces", lambda pieces: pieces[::-1]),
    "odd": ("keep only the first, third, fifth, ... piece", lambda pieces: pieces[::2]),
    "long": ("drop pieces of a single letter", lambda pieces: [piece for piece in pieces if len(piece) > 1]),
    "sort": ("put the pieces in alphabetical order", sorted),
    "rotate": ("move the first piece to the end", lambda pieces: pieces[1:] + pieces[:1]),
    "letters": ("sort the letters within each piece", lambda pieces: ["".join(sorted(piece)) for piece in pieces]),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class StringSplittingConfig(FamilyConfig):
    """Which strings are cut."""

    length: int = ramp(8, 40, low=4, high=200)
    """Letters of the string."""
    num_steps: int = ramp(0, 5, low=0, high=20)
    """How many things are done to the pieces."""


@dataclass(frozen=True, slots=True)
class StringSplittingKey:
    """The string, how it is cut (kind and sizes or letters), and the kinds of steps."""

    text: str
    cut: tuple[str, str]
    steps: tuple[str, ...]


class StringSplitting(Question[StringSplittingConfig, StringSplittingKey]):
    """Strings of the letters a to h."""

    id: ClassVar[str] = "palestra/StringSplitting-v1"
    Config: ClassVar[type[StringSplittingConfig]] = StringSplittingConfig
    templates = (
        "Take the string `{text}`. {steps}.",
        "String: {text}\n{steps}. Which pieces do you have in the end?",
        "Here is a string: {text}\nDo this: {steps}.",
        "{steps}. The string is `{text}`.",
    )
    answer_format = "The last line of your reply must be the pieces in order, separated by commas."
    verifier = WordsAnswer()

    def draw(self, rng: KeyedRandom) -> StringSplittingKey:
        """Random letters, a cut and steps."""
        text = "".join(rng.choice(_LETTERS) for _ in range(self.config.length))
        kind = rng.choice(tuple(_CUTS))
        if kind == "lengths":
            detail = "".join(str(size) for size in rng.sample((1, 2, 3, 4), rng.between(1, 3)))
        else:
            detail = "".join(sorted(rng.sample(_LETTERS, rng.between(1, 2))))
        kinds = tuple(_STEPS)
        return StringSplittingKey(text, (kind, detail), tuple(rng.choice(kinds) for _ in range(self.config.num_steps)))

    def composition(self, key: StringSplittingKey) -> str:
        """The cut, and the kind of the first step."""
        return f"{key.cut[0]} {key.steps[0]}" if key.steps else ""

    def build(self, key: StringSplittingKey, rng: KeyedRandom) -> Content | None:
        """Cut and work; None where a step changes nothing, or too few pieces are left."""
        kind, detail = key.cut
        pieces = _CUTS[kind][1](key.text, detail)
        if pieces == list(key.text):
            return None
        for step in key.steps:
            before, pieces = pieces, _STEPS[step][1](pieces)
            if pieces == before:
                return None
        if len(pieces) < _MIN_PIECES:
            return None
        shown = listed(detail)
        shown = shown if kind == "lengths" else shown.replace(" and ", " and every ")
        steps = (_CUTS[kind][0].format(shown), *(_STEPS[step][0] for step in key.steps))
        return Content(
            slots={"text": key.text, "steps": "; then ".join(steps)},
            reference=json.dumps(pieces),
            effort=len(key.text) * (1 + len(key.steps)),
        )

    def oracle(self, task: Task) -> str:
        """The pieces."""
        return ", ".join(json.loads(task.reference))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Random pieces of the right sizes."""
        return ", ".join("".join(rng.choice(_LETTERS) for _ in piece) for piece in json.loads(task.reference))
