"""Strings of the same pattern of equal and different letters."""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.strings.selection import Selection, SelectionVerifier
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class IsomorphicStringsConfig(FamilyConfig):
    """Which strings are compared."""

    length: int = ramp(4, 14, low=3, high=40)
    """Letters of a string."""
    num_strings: int = ramp(3, 14, low=2, high=60)
    """How many strings are compared with the given one."""


@dataclass(frozen=True, slots=True)
class IsomorphicStringsKey:
    """The given string, and those to choose from."""

    given: str
    strings: tuple[str, ...]


class IsomorphicStrings(Question[IsomorphicStringsConfig, IsomorphicStringsKey]):
    """Strings of which some have the given one's pattern, and the others nearly have it."""

    id: ClassVar[str] = "palestra/IsomorphicStrings-v1"
    Config: ClassVar[type[IsomorphicStringsConfig]] = IsomorphicStringsConfig
    templates = (
        "Which of these strings can be made from `{given}` by replacing letters, equal ones by equal ones and "
        "different ones by different ones? {strings}",
        "Two strings are isomorphic if a one-to-one replacement of letters turns one into the other. Which of "
        "{strings} are isomorphic to `{given}`?",
        "In `{given}` certain places have equal letters and the others have different ones. Which strings have exactly "
        "the same pattern? {strings}",
        "Pick from {strings} all strings that a substitution cipher (each letter always replaced by the same one, "
        "different letters by different ones) could make of `{given}`.",
    )
    answer_format = (
        "At least one of them is right. The last line of your reply must be those strings, separated by commas."
    )
    verifier = SelectionVerifier()

    def draw(self, rng: KeyedRandom) -> IsomorphicStringsKey:
        """A string of few letters, and renamed copies of which most have one letter changed or two exchanged."""
        length, letters = self.config.length, string.ascii_lowercase
        pattern = [rng.below(max(2, length // 2)) for _ in range(length)]
        strings: dict[str, None] = {}
        while len(strings) <= self.config.num_strings:
            places = pattern[:]
            if strings and rng.below(5) < 3:
                one, two = rng.below(length), rng.below(length)
                places[one], places[two] = places[two], places[one]
                if rng.below(3) == 0:
                    places[one] = rng.below(max(3, length // 2 + 1))
            names = rng.sample(letters, 1 + max(2, length // 2))
            strings["".join(names[place] for place in places)] = None
        given, *others = strings
        return IsomorphicStringsKey(given, tuple(others))

    def canonical(self, key: IsomorphicStringsKey) -> str:
        """The given string, and the others in alphabetical order."""
        return f"{key.given} {' '.join(sorted(key.strings))}"

    def build(self, key: IsomorphicStringsKey, rng: KeyedRandom) -> Content | None:
        """Ask for the isomorphic ones; None where all or none are."""
        right = [text for text in key.strings if shape(text) == shape(key.given)]
        if len(right) in (0, len(key.strings)):
            return None
        return Content(
            slots={"given": key.given, "strings": ", ".join(key.strings)},
            reference=encode(Selection(key.strings, tuple(right))),
            effort=len(key.strings) * len(key.given),
        )

    def oracle(self, task: Task) -> str:
        """The isomorphic strings."""
        return ", ".join(decode(Selection, task.reference).right)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Some of the strings."""
        return decode(Selection, task.reference).random(rng)


def shape(text: str) -> tuple[int, ...]:
    """For each letter the place where it first occurs: equal for isomorphic strings.

    >>> shape("paper") == shape("title")
    True
    """
    return tuple(map(text.index, text))
