"""Hangman: find a word letter by letter."""

from __future__ import annotations

from dataclasses import dataclass, replace
from string import ascii_lowercase
from typing import ClassVar

from palestra.envs.answers import final_line
from palestra.envs.config import FamilyConfig, ramp, stages
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
    "\n{pattern}\nEach turn guess a letter, which is then shown wherever it stands, or the whole word. You may be "
    "wrong {misses} times; one more loses. You have {turns} turns."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class HangmanConfig(FamilyConfig):
    """Which words are hidden."""

    length: int = stages(6, 6, 7, 7, 7, 8, 8, 8, 8, 8, choices=tuple(range(3, 9)))
    """Length of the word, 3..8."""
    num_shown: int = ramp(3, 0, low=0, high=6)
    """How many of its letters are shown at first."""
    misses: int = ramp(5, 3, low=0, high=20)
    """How many guesses may be wrong."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gallows:
    """The word, the letters that are shown or were guessed, and how many more guesses may be wrong."""

    word: str
    letters: str
    misses: int

    def pattern(self) -> str:
        """The word with `_` for each letter that is not known."""
        return " ".join(letter if letter in self.letters else "_" for letter in self.word)

    def num_hidden(self) -> int:
        """How many different letters are not known."""
        return len(set(self.word) - set(self.letters))


class Hangman(Game[HangmanConfig, Gallows, Gallows]):
    """Words of which some letters are known; a word is hidden in one split alone."""

    id: ClassVar[str] = "palestra/Hangman-v1"
    Config: ClassVar[type[HangmanConfig]] = HangmanConfig
    templates = (
        "Let us play Hangman with a common English word." + _RULES,
        "Guess my word, a common English one." + _RULES,
        "A common English word is hidden." + _RULES,
    )
    answer_format = "The last line of each reply must be the letter or the word alone."

    def draw(self, rng: KeyedRandom) -> Gallows:
        """Choose a word and the letters that are shown."""
        word = rng.choice(words(self.config.length))
        letters = sorted(set(word))
        shown = rng.sample(letters, min(self.config.num_shown, len(letters) - 2))
        return Gallows(word=word, letters="".join(sorted(shown)), misses=self.config.misses)

    def canonical(self, key: Gallows) -> str:
        """The word."""
        return key.word

    def build(self, key: Gallows, rng: KeyedRandom) -> Content:
        """Show the pattern."""
        slots = {"pattern": key.pattern(), "misses": str(key.misses), "turns": str(_num_turns(key))}
        return Content(slots=slots, reference=encode(key), effort=key.num_hidden() + 10 - key.misses)

    def turn_limit(self, task: Task) -> int:
        """Each turn finds a letter or is wrong."""
        return _num_turns(self.start(task))

    def start(self, task: Task) -> Gallows:
        """The word and what is shown."""
        return decode(Gallows, task.reference)

    def play(self, world: Gallows, text: str) -> Move[Gallows]:
        """Show a letter, or count a wrong guess."""
        line = final_line(text)
        guess = line.strip("'\"`*()[] ").replace(" ", "").lower()  # the pattern shows letters apart
        if not (guess.isascii() and guess.isalpha() and len(guess) in (1, len(world.word))):
            raise NoAnswerError(f"`{quote(line)}` is neither a letter nor a word of {len(world.word)} letters")
        if len(guess) == 1 and guess in world.letters:
            raise NoAnswerError(f"{guess} is known already")
        after = replace(world, letters=world.letters + guess) if len(guess) == 1 else world
        if guess == world.word or not after.num_hidden():
            return Move(world=after, verdict=Verdict.passed("the word is complete"))
        if len(guess) == 1 and guess in world.word:
            return Move(world=after, reply=f"Yes.\n{after.pattern()}")
        after = replace(after, misses=world.misses - 1)
        if after.misses < 0:
            return Move(world=after, verdict=Verdict.failed("too many wrong guesses"))
        return Move(world=after, reply=f"No. You may be wrong {after.misses} more times.\n{after.pattern()}")

    def best(self, world: Gallows) -> str:
        """The next hidden letter; the word, where wrong guesses have eaten up the turns."""
        hidden = [letter for letter in world.word if letter not in world.letters]
        return hidden[0] if world.misses > 0 else world.word

    def random_move(self, world: Gallows, rng: KeyedRandom) -> str:
        """Any letter that was not guessed."""
        return rng.choice([letter for letter in ascii_lowercase if letter not in world.letters] or ["a"])


def _num_turns(gallows: Gallows) -> int:
    return gallows.num_hidden() + gallows.misses
