"""Strings that a regular expression matches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.strings.patterns import Pattern, draw_match, draw_pattern, is_match
from palestra.envs.families.strings.selection import Selection, SelectionVerifier
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_LETTERS = "abcdxyz"


@dataclass(frozen=True, kw_only=True, slots=True)
class RegexMatchConfig(FamilyConfig):
    """Which patterns are matched."""

    num_elements: int = ramp(3, 8, low=2, high=30)
    """How many elements a pattern has."""
    num_strings: int = ramp(4, 12, low=2, high=60)
    """Most strings to choose from."""
    num_features: int = stages(1, 2, 3, 4)
    """Dots alone, then `?` and `*`, then sets of letters, then `+` and `{2}`."""


@dataclass(frozen=True, slots=True)
class RegexMatchKey:
    """A pattern, and strings to choose from."""

    pattern: Pattern
    strings: tuple[str, ...]


class RegexMatch(Question[RegexMatchConfig, RegexMatchKey]):
    """Patterns with strings that fit and strings that nearly fit."""

    id: ClassVar[str] = "palestra/RegexMatch-v1"
    Config: ClassVar[type[RegexMatchConfig]] = RegexMatchConfig
    templates = (
        "Which of these strings does the regular expression `{pattern}` match as a whole? {strings}",
        "Regular expression: {pattern}\nStrings: {strings}\nWhich of them match from the first to the last letter?",
        "Pick the strings that match `{pattern}` completely: {strings}",
        "Strings: {strings}\nKeep those that the pattern `{pattern}` (a regular expression) fits entirely.",
    )
    answer_format = (
        "At least one of them matches. The last line of your reply must be those strings, separated by commas."
    )
    verifier = SelectionVerifier()

    def draw(self, rng: KeyedRandom) -> RegexMatchKey:
        """A pattern, strings of it, and about as many with a letter changed, lost or added."""
        config = self.config
        pattern = draw_pattern(config.num_elements, _LETTERS, config.num_features, rng)
        strings: dict[str, None] = {}
        for turn in range(config.num_strings):
            text = draw_match(pattern, _LETTERS, rng)
            if turn % 2 and text:
                place = rng.below(len(text))
                rest = text[place + rng.below(2) :]
                text = text[:place] + rng.choice((*_LETTERS, "", "")) + rest
            if text:
                strings[text] = None
        return RegexMatchKey(pattern, tuple(rng.sample(tuple(strings), len(strings))))

    def canonical(self, key: RegexMatchKey) -> str:
        """The pattern, and the strings in alphabetical order."""
        return f"{''.join(element.text() for element in key.pattern)} {' '.join(sorted(key.strings))}"

    def build(self, key: RegexMatchKey, rng: KeyedRandom) -> Content | None:
        """Ask for the strings that match; None where all or none do."""
        right = [text for text in key.strings if is_match(key.pattern, text)]
        if len(right) in (0, len(key.strings)):
            return None
        pattern = "".join(element.text() for element in key.pattern)
        return Content(
            slots={"pattern": pattern, "strings": ", ".join(key.strings)},
            reference=encode(Selection(key.strings, tuple(right))),
            effort=len(key.strings) * len(key.pattern),
        )

    def oracle(self, task: Task) -> str:
        """The strings that match."""
        return ", ".join(decode(Selection, task.reference).right)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Some of the strings."""
        return decode(Selection, task.reference).random(rng)
