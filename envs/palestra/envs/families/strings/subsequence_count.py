"""Counting how often patterns occur in a string, with gaps allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer, read_integers
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class SubsequenceCountConfig(FamilyConfig):
    """Which strings are searched."""

    length: int = ramp(8, 20, low=4, high=100)
    """Letters of the string."""
    pattern_length: int = stages(2, 2, 3, 3, 4, choices=(2, 3, 4, 5))
    """Letters of a pattern."""
    num_patterns: int = stages(3, choices=(2, 3, 4))
    """How many patterns are counted."""
    num_letters: int = stages(2, 3, choices=(2, 3, 4))
    """How many different letters the string is drawn from."""


@dataclass(frozen=True, slots=True)
class SubsequenceCountKey:
    """The string and the patterns."""

    text: str
    patterns: tuple[str, ...]


class SubsequenceCount(Question[SubsequenceCountConfig, SubsequenceCountKey]):
    """Strings of two or three letters, with patterns of which each occurs."""

    id: ClassVar[str] = "palestra/SubsequenceCount-v1"
    Config: ClassVar[type[SubsequenceCountConfig]] = SubsequenceCountConfig
    templates = (
        "In how many ways can letters of `{text}` be chosen so that they read, in order, each of {patterns}? (Other "
        "letters may lie between them; ways that use different positions count separately.)",
        "String: {text}\nCount the subsequences (chosen positions in order, gaps allowed) that spell {patterns}.",
        "For each of {patterns}: how many choices of positions in `{text}`, from left to right and with gaps allowed, "
        "spell it?",
        "Cross out letters of `{text}` so that the rest spells {patterns}. For each of them, in how many ways can that "
        "be done?",
    )
    answer_format = "The last line of your reply must be the counts in the order of the patterns, separated by commas."
    verifier = IntegersAnswer()

    def draw(self, rng: KeyedRandom) -> SubsequenceCountKey:
        """Random letters and different patterns."""
        config = self.config
        letters = rng.sample("abcdefghijklmnopqrstuvwxyz", config.num_letters)
        text = "".join(rng.choice(letters) for _ in range(config.length))
        patterns: dict[str, None] = {}
        while len(patterns) < config.num_patterns:
            patterns["".join(rng.choice(letters) for _ in range(config.pattern_length))] = None
        return SubsequenceCountKey(text, tuple(patterns))

    def build(self, key: SubsequenceCountKey, rng: KeyedRandom) -> Content | None:
        """Ask for the counts; None where a pattern does not occur."""
        counts = [num_occurrences(key.text, pattern) for pattern in key.patterns]
        if 0 in counts:
            return None
        *first, last = (f"`{pattern}`" for pattern in key.patterns)
        return Content(
            slots={"text": key.text, "patterns": f"{', '.join(first)} and {last}"},
            reference=str(counts),
            effort=len(key.text) * sum(map(len, key.patterns)),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Random counts."""
        return ", ".join(str(rng.between(1, 3 * self.config.length)) for _ in read_integers(task.reference))


def num_occurrences(text: str, pattern: str) -> int:
    """How often the pattern is a subsequence of the text.

    >>> num_occurrences("aabb", "ab")
    4
    """
    ways = [1] + [0] * len(pattern)  # ways[i]: of the first i letters of the pattern
    for letter in text:
        for i in range(len(pattern), 0, -1):
            if pattern[i - 1] == letter:
                ways[i] += ways[i - 1]
    return ways[-1]
