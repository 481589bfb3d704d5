"""What the families of exact probabilities share."""

from __future__ import annotations

from abc import ABC
from fractions import Fraction
from math import gcd
from typing import Final

from palestra.envs.answers import RationalsAnswer
from palestra.envs.family import ConfigT, KeyT
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_MAX_GUESSED_PARTS = 60

CHANCES: Final = tuple(Fraction(a, b) for b in range(2, 11) for a in range(1, b) if gcd(a, b) == 1)
"""All fractions between 0 and 1 with a denominator up to 10, by denominator."""


class ProbabilityQuestion(Question[ConfigT, KeyT], ABC):
    """A question whose answer is a probability, as an exact fraction."""

    answer_format = "End with a line that is the exact probability alone: a fraction p/q in lowest terms."
    verifier = RationalsAnswer()

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A fraction between 0 and 1."""
        parts = rng.between(2, _MAX_GUESSED_PARTS)
        return str(Fraction(rng.between(1, parts - 1), parts))


def draw_chance(max_parts: int, rng: KeyedRandom) -> Fraction:
    """A fraction between 0 and 1 whose denominator is at most `max_parts`, up to 10."""
    fitting = [chance for chance in CHANCES if chance.denominator <= max_parts]
    return rng.choice(fitting)
