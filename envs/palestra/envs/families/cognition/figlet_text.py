"""Letters as pictures of signs: what is written there?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import ClassVar

from palestra.envs.answers import TextAnswer
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ROWS = 5
_INKS = ("##", "#.", "@ ", "X.", "O-", "*.", "%:", "8.")  # ink and ground; the first one on a blank ground
_VIEWS = ("plain", "turned", "upside-down", "mirrored")
_VIEW_WORDS = {
    "plain": "as usual",
    "turned": "with its rows written as columns (the picture was transposed)",
    "upside-down": "with its rows from the bottom to the top",
    "mirrored": "mirrored, so that it runs from right to left",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class FigletTextConfig(FamilyConfig):
    """Which pictures are shown."""

    length: int = ramp(3, 10, low=2, high=20)
    """How many letters are written, 2..20."""
    views: str = stages(
        "plain", "plain", "plain mirrored", "mirrored upside-down", "upside-down mirrored turned", choices=()
    )
    """Ways in which the picture is shown: plain, mirrored, upside-down, turned."""
    num_inks: int = stages(1, 3, 8, choices=tuple(range(1, 9)))
    """From how many pairs of signs, for ink and ground, one is drawn, 1..8."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FigletKey:
    """Letters, signs and view."""

    letters: str
    ink: str
    view: str


class FigletText(Question[FigletTextConfig, FigletKey]):
    """Random letters in a font of our own, five signs high."""

    id: ClassVar[str] = "palestra/FigletText-v1"
    Config: ClassVar[type[FigletTextConfig]] = FigletTextConfig
    templates = (
        "Which letters does this picture show? It is printed {view}.\n{picture}",
        "{picture}\nThese signs form capital letters, {view}. Read them.",
        "Read the capital letters in this drawing, which is shown {view}.\n{picture}",
    )
    answer_format = "Reply with the letters alone, in the order of the text and without blanks."
    verifier = TextAnswer()

    def draw(self, rng: KeyedRandom) -> FigletKey:
        """Draw letters, signs and a view."""
        letters = "".join(rng.choice(_LETTERS) for _ in range(self.config.length))
        ink = _INKS[rng.below(self.config.num_inks)]
        return FigletKey(letters=letters, ink=ink, view=rng.choice(self.config.views.split()))

    def canonical(self, key: FigletKey) -> str:
        """The letters."""
        return key.letters

    def build(self, key: FigletKey, rng: KeyedRandom) -> Content:
        """Draw the picture."""
        ink, ground = ("#", " ") if key.ink == "##" else (key.ink[0], key.ink[1])
        rows = picture(key.letters)
        if key.view == "turned":
            rows = tuple(map("".join, zip(*rows, strict=True)))
        elif key.view == "upside-down":
            rows = rows[::-1]
        elif key.view == "mirrored":
            rows = tuple(row[::-1] for row in rows)
        drawn = "\n".join(row.replace(".", ground).replace("#", ink).rstrip() for row in rows)
        return Content(
            slots={"picture": drawn, "view": _VIEW_WORDS[key.view]},
            reference=key.letters,
            effort=len(key.letters) * (1 if key.view == "plain" else 2),
            meta={"num_letters": len(key.letters), "view": key.view},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """As many letters."""
        return "".join(rng.choice(_LETTERS) for _ in range(self.config.length))


def picture(letters: str) -> tuple[str, ...]:
    """Five rows of `#` and `.`; letters are one column apart."""
    glyphs = [_font()[letter] for letter in letters]
    return tuple(".".join(glyph[i] for glyph in glyphs) for i in range(_ROWS))


@cache
def _font() -> dict[str, tuple[str, ...]]:
    """For each letter its rows."""
    lines = files("palestra.envs.families.cognition").joinpath("font.txt").read_text(encoding="ascii").split("\n")
    glyphs: dict[str, tuple[str, ...]] = {}
    for i in range(0, len(lines) - 1, _ROWS):
        strips = [line.split() for line in lines[i : i + _ROWS]]
        for column in range(len(strips[0])):
            glyphs[_LETTERS[len(glyphs)]] = tuple(strip[column] for strip in strips)
    return glyphs
