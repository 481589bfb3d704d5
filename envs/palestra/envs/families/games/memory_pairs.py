"""Find pairs of cards that lie face down."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from palestra.envs.answers import final_line
from palestra.envs.config import FamilyConfig, stages
from palestra.envs.families.games.cells import board_text, cell_name, read_cells
from palestra.envs.families.words import words
from palestra.envs.family import Content
from palestra.envs.game import Game, Move
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom

_SPARE_TURNS = 2
_WORD_LENGTH = 4
_RULES = (
    "\n{board}\nUnder the cards `.` are the words {words}, each twice. Each turn name two cards: I tell you what is "
    "under them, and take them away if they are equal. Find all pairs within {turns} turns."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class MemoryPairsConfig(FamilyConfig):
    """How many cards there are."""

    rows: int = stages(2, 2, 2, 2, 3, 4, 4, 4, 4, 6, choices=tuple(range(2, 9)))
    """Rows of cards, 2..8."""
    columns: int = stages(3, 4, 4, 5, 4, 4, 4, 5, 6, 6, choices=(2, 3, 4, 5, 6, 7, 8))
    """Columns of cards, 2..8; a board with an odd number of cards has one place without a card."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cards:
    """The words under the cards, row by row; empty where a pair was taken away."""

    columns: int
    faces: tuple[str, ...]
    turns: int

    def shown(self) -> str:
        """The board with `.` for each card."""
        return board_text(["." if face else " " for face in self.faces], self.columns)


class MemoryPairs(Game[MemoryPairsConfig, Cards, Cards]):
    """Games with as many turns as a player needs who forgets nothing, and a few more."""

    id: ClassVar[str] = "palestra/MemoryPairs-v1"
    Config: ClassVar[type[MemoryPairsConfig]] = MemoryPairsConfig
    templates = (
        "Let us play memory." + _RULES,
        "Cards lie face down." + _RULES,
        "Find the pairs." + _RULES,
    )
    answer_format = "The last line of each reply must be two cards, such as `A1 B2`."

    def draw(self, rng: KeyedRandom) -> Cards:
        """Lay out pairs of words."""
        num_cells = self.config.rows * self.config.columns
        faces = rng.sample(words(_WORD_LENGTH), num_cells // 2) * 2
        faces += [""] * (num_cells % 2)
        rng.shuffle(faces)
        turns = 2 * (num_cells // 2) + _SPARE_TURNS
        return Cards(columns=self.config.columns, faces=tuple(faces), turns=turns)

    def build(self, key: Cards, rng: KeyedRandom) -> Content:
        """Show the backs, and tell the words."""
        names = sorted({face for face in key.faces if face})
        slots = {"board": key.shown(), "words": ", ".join(names), "turns": str(key.turns)}
        return Content(slots=slots, reference=encode(key), effort=len(names))

    def turn_limit(self, task: Task) -> int:
        """Two turns for each pair, and a few."""
        return self.start(task).turns

    def start(self, task: Task) -> Cards:
        """The cards."""
        return decode(Cards, task.reference)

    def play(self, world: Cards, text: str) -> Move[Cards]:
        """Turn two cards over."""
        cells = read_cells(final_line(text), len(world.faces) // world.columns, world.columns)
        if len(set(cells)) != 2 or len(cells) != 2:
            raise NoAnswerError(f"{len(cells)} cards; name two different ones")
        indices = [row * world.columns + column for row, column in cells]
        one, two = (world.faces[i] for i in indices)
        if not (one and two):
            raise NoAnswerError("there is no card any more")
        told = f"{cell_name(*cells[0])}: {one}. {cell_name(*cells[1])}: {two}."
        if one != two:
            return Move(world=world, reply=told)
        world = replace(world, faces=tuple("" if i in indices else face for i, face in enumerate(world.faces)))
        if not any(world.faces):
            return Move(world=world, verdict=Verdict.passed("all pairs are found"))
        return Move(world=world, reply=f"{told} A pair.\n{world.shown()}")

    def best(self, world: Cards) -> str:
        """A pair."""
        face = next(face for face in world.faces if face)
        return _names([i for i, other in enumerate(world.faces) if other == face], world.columns)

    def random_move(self, world: Cards, rng: KeyedRandom) -> str:
        """Any two cards."""
        return _names(rng.sample([i for i, face in enumerate(world.faces) if face], 2), world.columns)


def _names(cells: list[int], columns: int) -> str:
    return " ".join(cell_name(*divmod(cell, columns)) for cell in cells)
