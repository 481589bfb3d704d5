"""Find a hidden word by guesses whose letters are marked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import final_line
from palestra.envs.config import FamilyConfig, stages
from palestra.envs.families.words import words
from palestra.envs.family import Content
from palestra.envs.game import Game, Move
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom

_RULES = (
    " After each guess, any {length} letters, every letter is marked: G where it is right, Y where it belongs to "
    "another place, - where the word has it no more (G goes first, then Y from left to right). First guess:\n{clue}\n"
    "You have {turns} more."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class WordleConfig(FamilyConfig):
    """Which words are hidden."""

    length: int = stages(3, 3, 4, 4, 4, 5, 5, 6, 7, 8, choices=tuple(range(3, 9)))
    """Length of the word, 3..8."""
    num_turns: int = stages(9, 8, 8, 7, 7, 6, 6, 6, 6, 5, choices=tuple(range(1, 21)))
    """How many guesses the player has, 1..20."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HiddenWord:
    """The word, the guess that is made for the player, and the number of turns."""

    word: str
    first: str
    turns: int


class Wordle(Game[WordleConfig, HiddenWord, HiddenWord]):
    """Games that begin with one guess; a word is hidden in one split alone."""

    id: ClassVar[str] = "palestra/Wordle-v1"
    Config: ClassVar[type[WordleConfig]] = WordleConfig
    templates = (
        "I am thinking of a common English word of {length} letters." + _RULES,
        "Let us play Wordle with an English word of {length} letters." + _RULES,
        "Find my word: English, {length} letters." + _RULES,
    )
    answer_format = "The last line of each reply must be your guess alone."

    def draw(self, rng: KeyedRandom) -> HiddenWord:
        """Choose a word and another."""
        word, first = rng.sample(words(self.config.length), 2)
        return HiddenWord(word=word, first=first, turns=self.config.num_turns)

    def canonical(self, key: HiddenWord) -> str:
        """The word."""
        return key.word

    def build(self, key: HiddenWord, rng: KeyedRandom) -> Content:
        """Show the first guess."""
        slots = {"length": str(len(key.word)), "clue": _clue(key.first, key.word), "turns": str(key.turns)}
        return Content(slots=slots, reference=encode(key), effort=len(key.word))

    def turn_limit(self, task: Task) -> int:
        """As the prompt says."""
        return self.start(task).turns

    def start(self, task: Task) -> HiddenWord:
        """The word."""
        return decode(HiddenWord, task.reference)

    def play(self, world: HiddenWord, text: str) -> Move[HiddenWord]:
        """Mark the guess."""
        line = final_line(text)
        guess = line.strip("'\"`*()[] ").replace(" ", "").lower()  # the clues show letters apart
        if len(guess) != len(world.word) or not (guess.isascii() and guess.isalpha()):
            raise NoAnswerError(f"`{quote(line)}` is no word of {len(world.word)} letters")
        if guess == world.word:
            return Move(world=world, verdict=Verdict.passed("the word is found"))
        return Move(world=world, reply=_clue(guess, world.word))

    def best(self, world: HiddenWord) -> str:
        """The word."""
        return world.word

    def random_move(self, world: HiddenWord, rng: KeyedRandom) -> str:
        """Any word of the length."""
        return rng.choice(words(len(world.word)))


def marked(guess: str, word: str) -> str:
    """The marks of a guess, one for each letter."""
    left = Counter(wanted for letter, wanted in zip(guess, word, strict=True) if letter != wanted)
    marks = ""
    for letter, wanted in zip(guess, word, strict=True):
        if letter == wanted:
            marks += "G"
        elif left[letter]:
            left[letter] -= 1
            marks += "Y"
        else:
            marks += "-"
    return marks


def _clue(guess: str, word: str) -> str:
    return f"{' '.join(guess)}\n{' '.join(marked(guess, word))}"
