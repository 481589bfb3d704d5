"""Word search: where do given words stand in a grid of letters? Any place where a word really stands is right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import ClassVar, Final

from palestra.envs.answers import RecordVerifier, final_line
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.grids.board import show
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom

_WORDS: Final = tuple(resources.files(__package__).joinpath("words.txt").read_text("utf-8").upper().split())
_DIRECTIONS: Final = {
    "E": (0, 1),
    "S": (1, 0),
    "SE": (1, 1),
    "NE": (-1, 1),
    "W": (0, -1),
    "N": (-1, 0),
    "NW": (-1, -1),
    "SW": (1, -1),
}
_PLACE = re.compile(
    r"([A-Z]{1,20})[\s:=]+\(?\s*([0-9]{1,2})\s*[,\s]\s*([0-9]{1,2})\s*\)?\s*[,\s]\s*(NE|NW|SE|SW|N|E|S|W)"
)
_MAX_TRIES = 200
_MAX_PIECE_CHARS = 100
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, kw_only=True, slots=True)
class WordSearchConfig(FamilyConfig):
    """Which grids are searched."""

    size: int = ramp(8, 16, low=8, high=30)
    """Height and width."""
    num_words: int = ramp(1, 10, low=1, high=20)
    """How many words are looked for."""
    num_directions: int = stages(2, 3, 4, 8, 8, choices=(2, 3, 4, 8))
    """In how many directions words run: east and south; and south-east; and north-east; and the opposite ones."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WordSearchPuzzle:
    """What an answer is checked against."""

    rows: tuple[str, ...]
    words: tuple[str, ...]
    places: tuple[str, ...]
    """Where each word was put, as `row column direction`."""


class WordSearchVerifier(RecordVerifier[WordSearchPuzzle]):
    """PASS when each word is named once, with a place where the grid spells it."""

    name: ClassVar[str] = "word-search"
    record_type = WordSearchPuzzle

    def judge(self, response: str, reference: WordSearchPuzzle) -> Verdict:
        """Spell each word at its place."""
        line = final_line(response).upper()
        found: dict[str, None] = {}
        for piece in line.rstrip("; ").split(";"):
            place = _PLACE.fullmatch(" ".join(piece.split())) if len(piece) < _MAX_PIECE_CHARS else None
            if place is None:
                raise NoAnswerError(f"`{quote(piece)}` is no word with row, column and direction")
            word = place[1]
            if word not in reference.words or word in found:
                return Verdict.failed(f"`{quote(word)}` is not asked for, or named twice")
            if not _stands(word, reference.rows, int(place[2]), int(place[3]), place[4]):
                return Verdict.failed(f"{word} does not stand in row {place[2]}, column {place[3]}, towards {place[4]}")
            found[word] = None
        detail = f"{len(found)} of {len(reference.words)} words are found"
        return Verdict.passed(detail) if len(found) == len(reference.words) else Verdict.failed(detail)


class WordSearch(Question[WordSearchConfig, tuple[str, ...]]):
    """Square grids of letters; the key is the words, so that the words of a test are never searched in training."""

    id: ClassVar[str] = "palestra/WordSearch-v1"
    Config: ClassVar[type[WordSearchConfig]] = WordSearchConfig
    templates = (
        "{grid}\nFind in this grid: {words}. Words run in the directions {directions}.",
        "Where in the grid do these words stand? {words}\nWords run in the directions {directions}.\n{grid}",
        "Word search. Hidden words: {words}. Directions: {directions}.\n{grid}",
    )
    answer_format = (
        "Give the row and the column of each word's first letter, counted from 1, from the top and from the left, "
        "and its direction (N is up, E is right). "
        "The last line of your reply must be such as `WORD row column E; WORD row column S`."
    )
    verifier = WordSearchVerifier()

    def draw(self, rng: KeyedRandom) -> tuple[str, ...]:
        """Different words that fit into the grid."""
        words: dict[str, None] = {}
        while len(words) < self.config.num_words:
            word = rng.choice(_WORDS)
            if len(word) <= self.config.size:
                words[word] = None
        return tuple(words)

    def canonical(self, key: tuple[str, ...]) -> str:
        """The words in order."""
        return " ".join(sorted(key))

    def build(self, key: tuple[str, ...], rng: KeyedRandom) -> Content | None:
        """Put the words into a grid and fill it up; None where a word finds no place."""
        size, directions = self.config.size, tuple(_DIRECTIONS)[: self.config.num_directions]
        grid: dict[tuple[int, int], str] = {}
        places = []
        for word in key:
            place = _put(word, grid, size, directions, rng)
            if place is None:
                return None
            places.append(place)
        rows = tuple("".join(grid.get((r, c)) or rng.choice(_LETTERS) for c in range(size)) for r in range(size))
        return Content(
            slots={"grid": show(rows), "words": ", ".join(key), "directions": ", ".join(directions)},
            reference=encode(WordSearchPuzzle(rows=rows, words=key, places=tuple(places))),
            effort=size * size * len(key),
            meta={"size": size, "num_words": len(key)},
        )

    def oracle(self, task: Task) -> str:
        """The places where the words were put."""
        puzzle = decode(WordSearchPuzzle, task.reference)
        return "; ".join(f"{word} {place}" for word, place in zip(puzzle.words, puzzle.places, strict=True))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Random places."""
        puzzle, size = decode(WordSearchPuzzle, task.reference), self.config.size
        directions = tuple(_DIRECTIONS)[: self.config.num_directions]
        places = (f"{rng.between(1, size)} {rng.between(1, size)} {rng.choice(directions)}" for _ in puzzle.words)
        return "; ".join(f"{word} {place}" for word, place in zip(puzzle.words, places, strict=True))


def _put(
    word: str, grid: dict[tuple[int, int], str], size: int, directions: Sequence[str], rng: KeyedRandom
) -> str | None:
    for _ in range(_MAX_TRIES):
        direction = rng.choice(directions)
        down, right = _DIRECTIONS[direction]
        row, column = divmod(rng.below(size * size), size)
        last = len(word) - 1
        if not (0 <= row + down * last < size and 0 <= column + right * last < size):
            continue
        cells = [(row + down * i, column + right * i) for i in range(len(word))]
        if all(grid.get(cell, letter) == letter for cell, letter in zip(cells, word, strict=True)):
            grid.update(zip(cells, word, strict=True))
            return f"{row + 1} {column + 1} {direction}"
    return None


def _stands(word: str, rows: Sequence[str], row: int, column: int, direction: str) -> bool:
    down, right = _DIRECTIONS[direction]
    cells = [(row - 1 + down * i, column - 1 + right * i) for i in range(len(word))]
    inside = all(0 <= r < len(rows) and 0 <= c < len(rows[0]) for r, c in cells)
    return inside and all(rows[r][c] == letter for (r, c), letter in zip(cells, word, strict=True))
