"""What the families with units share: an answer is a number with its unit, right to within one per cent."""

from __future__ import annotations

from abc import ABC

from palestra.envs.families.science.measures import Measure, MeasureAnswer, guessed_number
from palestra.envs.family import ConfigT, KeyT
from palestra.envs.question import Question
from palestra.envs.record import decode
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


class QuantityQuestion(Question[ConfigT, KeyT], ABC):
    """A question whose answer is a quantity that is not 0."""

    answer_format = "End with a line that is the number with its unit alone, right to three digits or more."
    verifier = MeasureAnswer()

    def oracle(self, task: Task) -> str:
        """The number, to six digits, and its unit."""
        reference = decode(Measure, task.reference)
        return f"{reference.value} {reference.unit}"

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A number of two digits, times a power of ten, with the right unit."""
        return f"{guessed_number(rng)} {decode(Measure, task.reference).unit}"
