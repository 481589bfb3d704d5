"""Mastermind: find a hidden code by guesses that are scored."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from string import ascii_uppercase
from typing import ClassVar

from palestra.envs.answers import final_line
from palestra.envs.config import FamilyConfig, stages
from palestra.envs.errors import ConfigError
from palestra.envs.family import Content
from palestra.envs.game import Game, Move
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom

_SEPARATOR = re.compile(r"[\s,;'\"()\[\]-]+")
_RULES = (
    " {length} letters, each one of {letters}; a letter may occur more than once. After each guess I tell how many "
    "letters are right in their place, and how many more are right in another place. First clue: {clue}. "
    "You have {turns} guesses."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class MastermindConfig(FamilyConfig):
    """Which codes are hidden."""

    length: int = stages(2, 3, 3, 4, 4, 4, 5, 5, 5, 6, choices=tuple(range(2, 13)))
    """Length of the code, 2..12."""
    num_letters: int = stages(4, 4, 5, 5, 6, 6, 6, 7, 8, 9, choices=tuple(range(2, 21)))
    """How many letters there are, 2..20."""
    num_turns: int = stages(5, 7, 8, 9, 10, 10, 10, 10, 10, 10, choices=tuple(range(1, 51)))
    """How many guesses the player has, 1..50."""

    def check(self) -> None:
        """There is more than the first clue to find."""
        if self.num_letters**self.length < 8:
            raise ConfigError("the code space has fewer than 8 codes\n\nhint: raise `length` or `num_letters`")


@dataclass(frozen=True, kw_only=True, slots=True)
class MastermindCode:
    """The hidden code, the letters it may have, the guess of the first clue, and the number of turns."""

    code: str
    letters: str
    first: str
    turns: int


class Mastermind(Game[MastermindConfig, MastermindCode, MastermindCode]):
    """Games that begin with one clue."""

    id: ClassVar[str] = "palestra/Mastermind-v1"
    Config: ClassVar[type[MastermindConfig]] = MastermindConfig
    templates = (
        "Break my code." + _RULES,
        "Let us play Mastermind. My secret has" + _RULES,
        "I have hidden a code." + _RULES,
    )
    answer_format = "The last line of each reply must be your guess alone, such as `A B C` for three letters."

    def draw(self, rng: KeyedRandom) -> MastermindCode:
        """Choose letters, a code and another code as the first guess."""
        letters = "".join(sorted(rng.sample(ascii_uppercase, self.config.num_letters)))
        code = first = "".join(rng.choice(letters) for _ in range(self.config.length))
        while first == code:
            first = "".join(rng.choice(letters) for _ in range(self.config.length))
        return MastermindCode(code=code, letters=letters, first=first, turns=self.config.num_turns)

    def canonical(self, key: MastermindCode) -> str:
        """The code, the letters and the clue."""
        return f"{key.letters} {key.code} {key.first}"

    def build(self, key: MastermindCode, rng: KeyedRandom) -> Content:
        """Tell the letters and the first clue."""
        slots = {
            "length": str(len(key.code)),
            "letters": " ".join(key.letters),
            "clue": _clue(key.first, key.code),
            "turns": str(key.turns),
        }
        return Content(slots=slots, reference=encode(key), effort=len(key.code) * len(key.letters))

    def turn_limit(self, task: Task) -> int:
        """As the prompt says."""
        return self.start(task).turns

    def start(self, task: Task) -> MastermindCode:
        """The code."""
        return decode(MastermindCode, task.reference)

    def play(self, world: MastermindCode, text: str) -> Move[MastermindCode]:
        """Score the guess."""
        line = final_line(text)
        guess = _SEPARATOR.sub("", line).upper()
        if len(guess) != len(world.code) or not all(letter in world.letters for letter in guess):
            raise NoAnswerError(f"`{quote(line)}` is no code of {len(world.code)} letters of {world.letters}")
        if guess == world.code:
            return Move(world=world, verdict=Verdict.passed("the code is found"))
        return Move(world=world, reply=f"{_clue(guess, world.code)}.")

    def best(self, world: MastermindCode) -> str:
        """The code."""
        return " ".join(world.code)

    def random_move(self, world: MastermindCode, rng: KeyedRandom) -> str:
        """Any code."""
        return " ".join(rng.choice(world.letters) for _ in world.code)


def score(guess: str, code: str) -> tuple[int, int]:
    """How many letters are right in their place, and how many more are right in another place."""
    in_place = sum(a == b for a, b in zip(guess, code, strict=True))
    return in_place, (Counter(guess) & Counter(code)).total() - in_place


def _clue(guess: str, code: str) -> str:
    in_place, elsewhere = score(guess, code)
    return f"{' '.join(guess)}: {in_place} in place, {elsewhere} in another place"
