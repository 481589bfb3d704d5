"""Find out which row of a table is meant by questions that are answered with yes or no."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from palestra.envs.answers import final_line
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.family import Content
from palestra.envs.game import Game, Move
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom

_COLUMNS: Final = {
    "colour": ("red", "green", "blue", "brown", "white"),
    "home": ("lake", "forest", "desert", "cave", "reef"),
    "food": ("leaves", "fish", "seeds", "ants"),
    "legs": ("0", "2", "4", "6", "8"),
}
"""The columns with words; a size comes before them."""
_MAX_SIZE = 40
_NUMBERS = ("size", "legs")
_QUESTION = re.compile(r"(?:ask )?([a-z]+) ?(=|<|>) ?([a-z0-9]+)\??", re.IGNORECASE)
_GUESS = re.compile(r"guess ([a-z]+)[?!]?", re.IGNORECASE)
_SYLLABLES = tuple(a + b for a in "bdfgklmnprstvz" for b in "aeiou")
_RULES = (
    "\n{table}\nEach turn ask about one column with =, or < or > where it has numbers, such as `ask size > 10` or "
    "`ask colour = red`; I answer yes or no. Or name the animal, such as `guess {example}`: you have one guess. "
    "You have {turns} turns."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class TwentyQuestionsConfig(FamilyConfig):
    """Which tables are shown."""

    num_rows: int = stages(4, 6, 8, 12, 16, 20, 26, 32, 40, 48, choices=tuple(range(3, 101)))
    """How many animals there are, 3..100."""
    num_columns: int = ramp(1, 4, low=1, high=4)
    """How many columns there are besides the size, 1..4."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Animal:
    """A row of the table: the size, and a word for each further column."""

    name: str
    size: int
    traits: tuple[str, ...]

    def fits(self, question: Question) -> bool:
        """Whether the answer for this animal is yes."""
        shown = (str(self.size), *self.traits)[question.column]
        if question.relation == "=":
            return shown == question.value
        return int(shown) < int(question.value) if question.relation == "<" else int(shown) > int(question.value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A column (0 is the size), a relation, and what it is compared with."""

    column: int
    relation: str
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Zoo:
    """The animals that may still be meant, the one that is, and the turns that are left."""

    animals: tuple[Animal, ...]
    secret: str
    turns: int
    columns: tuple[str, ...]

    def answers(self, question: Question) -> tuple[bool, Zoo]:
        """The answer, and what is known then."""
        (animal,) = (animal for animal in self.animals if animal.name == self.secret)
        is_yes = animal.fits(question)
        left = tuple(animal for animal in self.animals if animal.fits(question) == is_yes)
        return is_yes, replace(self, animals=left, turns=self.turns - 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class ZooKey:
    """Sizes, counted from 0, and traits by their number, row by row; and the row that is meant."""

    rows: tuple[tuple[int, ...], ...]
    secret: int


class TwentyQuestions(Game[TwentyQuestionsConfig, ZooKey, Zoo]):
    """Tables of invented animals; good questions halve what is left."""

    id: ClassVar[str] = "palestra/TwentyQuestions-v1"
    Config: ClassVar[type[TwentyQuestionsConfig]] = TwentyQuestionsConfig
    templates = (
        "I am thinking of one of these animals:" + _RULES,
        "Find out which of these animals I mean:" + _RULES,
        "One row of this table is my secret:" + _RULES,
    )
    answer_format = "The last line of each reply must be your question or guess alone, beginning with `ask` or `guess`."

    def draw(self, rng: KeyedRandom) -> ZooKey:
        """Draw sizes and traits, and choose a row."""
        bounds = [_MAX_SIZE, *(len(words) for words in list(_COLUMNS.values())[: self.config.num_columns])]
        rows = tuple(tuple(rng.below(bound) for bound in bounds) for _ in range(self.config.num_rows))
        return ZooKey(rows=rows, secret=rng.below(len(rows)))

    def canonical(self, key: ZooKey) -> str:
        """The rows in order of size, and the one that is meant; names do not count."""
        return f"{sorted(key.rows)} {key.rows[key.secret]}"

    def build(self, key: ZooKey, rng: KeyedRandom) -> Content | None:
        """Name the animals and show the table, where good questions lead to the animal in time."""
        zoo = world = _named(key, rng)
        while len(world.animals) > 1:
            question = _halving(world)
            if question is None or world.turns < 1:
                return None
            world = world.answers(question)[1]
        if world.turns < 1:
            return None
        lines = [", ".join(("name", *zoo.columns))]
        lines += [", ".join((animal.name, str(animal.size), *animal.traits)) for animal in zoo.animals]
        names = tuple(animal.name for animal in zoo.animals)
        slots = {"table": "\n".join(lines), "example": names[0], "turns": str(zoo.turns)}
        return Content(slots=slots, reference=encode(zoo), effort=len(names), symbols=names)

    def turn_limit(self, task: Task) -> int:
        """One turn more than halving and naming needs."""
        return self.start(task).turns

    def start(self, task: Task) -> Zoo:
        """The table."""
        return decode(Zoo, task.reference)

    def play(self, world: Zoo, text: str) -> Move[Zoo]:
        """Answer, or judge the guess."""
        line = " ".join(final_line(text).strip("'\"`*() ").split())
        if guess := _GUESS.fullmatch(line):
            if guess[1].casefold() == world.secret.casefold():
                return Move(world=world, verdict=Verdict.passed("the animal is found"))
            return Move(world=world, verdict=Verdict.failed(f"`{quote(guess[1])}` is not the animal"))
        is_yes, after = world.answers(_read_question(line, world.columns))
        return Move(world=after, reply="Yes." if is_yes else "No.")

    def best(self, world: Zoo) -> str:
        """The question that halves what is left; the animal, when it is known or the turns run out."""
        question = _halving(world) if world.turns > 1 else None
        if question is None:
            return f"guess {world.secret}"
        return f"ask {world.columns[question.column]} {question.relation} {question.value}"

    def random_move(self, world: Zoo, rng: KeyedRandom) -> str:
        """A guess, or a question about the size."""
        if rng.below(3) == 0:
            return f"guess {rng.choice(world.animals).name}"
        return f"ask size > {rng.between(1, _MAX_SIZE)}"


def _named(key: ZooKey, rng: KeyedRandom) -> Zoo:
    columns = list(_COLUMNS)[: len(key.rows[0]) - 1]
    starts = rng.sample(_SYLLABLES, len(_SYLLABLES))
    names = [start.capitalize() + rng.choice(_SYLLABLES) + end for end in "nr" for start in starts][: len(key.rows)]
    animals = tuple(
        Animal(
            name=name,
            size=row[0] + 1,
            traits=tuple(_COLUMNS[column][number] for column, number in zip(columns, row[1:], strict=True)),
        )
        for name, row in zip(names, key.rows, strict=True)
    )
    turns = (len(animals) - 1).bit_length() + 2
    return Zoo(animals=animals, secret=names[key.secret], turns=turns, columns=("size", *columns))


def _read_question(line: str, columns: tuple[str, ...]) -> Question:
    match = _QUESTION.fullmatch(line)
    if match is None or match[1].lower() not in columns:
        raise NoAnswerError(f"`{quote(line)}` is neither a question nor a guess")
    column, relation, value = columns.index(match[1].lower()), match[2], match[3].lower()
    if columns[column] in _NUMBERS:
        if not (value.isdecimal() and len(value) <= 6):
            raise NoAnswerError(f"`{quote(value)}` is no whole number")
    elif relation != "=" or value not in _COLUMNS[columns[column]]:
        raise NoAnswerError(f"`{columns[column]}` can only be = one of {', '.join(_COLUMNS[columns[column]])}")
    return Question(column=column, relation=relation, value=str(int(value)) if value.isdecimal() else value)


def _halving(zoo: Zoo) -> Question | None:
    """The question that splits the animals most evenly; None where none splits them."""
    sizes = sorted({animal.size for animal in zoo.animals})
    questions = [Question(column=0, relation=">", value=str(size)) for size in sizes[:-1]]
    for i, column in enumerate(zoo.columns[1:], 1):
        questions += [Question(column=i, relation="=", value=value) for value in _COLUMNS[column]]
    best, best_split = None, 0
    for question in questions:
        num_yes = sum(animal.fits(question) for animal in zoo.animals)
        split = min(num_yes, len(zoo.animals) - num_yes)
        if split > best_split:
            best, best_split = question, split
    return best
