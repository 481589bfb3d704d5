"""Run-length coding, there and back."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

from palestra.envs.answers import TextAnswer
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_LETTERS = "abcdefghkmnpqrstuvwxyz"  # no letter that looks like a digit


@dataclass(frozen=True, kw_only=True, slots=True)
class RunLengthCodingConfig(FamilyConfig):
    """Which strings are coded."""

    num_runs: int = ramp(2, 16, low=2, high=60)
    """How many runs of equal letters a string has."""
    max_run: int = stages(3, 5, 9, 14, choices=tuple(range(2, 31)))
    """Longest run."""


@dataclass(frozen=True, slots=True)
class RunLengthCodingKey:
    """The plain string, and whether it is to be coded or made from its code."""

    plain: str
    is_decoding: bool


class RunLengthCoding(Question[RunLengthCodingConfig, RunLengthCodingKey]):
    """Strings of runs, and their codes such as `3a1b`."""

    id: ClassVar[str] = "palestra/RunLengthCoding-v1"
    Config: ClassVar[type[RunLengthCodingConfig]] = RunLengthCodingConfig
    templates = (
        "Run-length coding writes each run of equal letters as its length and the letter: aaab is 3a1b. {verb}: {text}",
        "{verb} by run-length coding (length, then letter, for single letters too; xxy is 2x1y): {text}",
        "String: {text}\n{verb} it. In run-length code, kkkk is 4k and kmm is 1k2m.",
        "With the code that turns zzzaa into 3z2a and ab into 1a1b: {verb} `{text}`.",
    )
    answer_format = "The last line of your reply must be the result alone."
    verifier = TextAnswer()

    def draw(self, rng: KeyedRandom) -> RunLengthCodingKey:
        """Runs of random lengths; neighbours differ."""
        plain = ""
        for _ in range(self.config.num_runs):
            letter = rng.choice([letter for letter in _LETTERS if letter != plain[-1:]])
            plain += letter * rng.between(1, self.config.max_run)
        return RunLengthCodingKey(plain, rng.below(2) == 1)

    def canonical(self, key: RunLengthCodingKey) -> str:
        """The plain string: one direction tells the answer of the other."""
        return key.plain

    def build(self, key: RunLengthCodingKey, rng: KeyedRandom) -> Content:
        """Ask for the code, or for the plain string."""
        code = encoded(key.plain)
        text, answer = (code, key.plain) if key.is_decoding else (key.plain, code)
        return Content(
            slots={"text": text, "verb": "Decode" if key.is_decoding else "Encode"},
            reference=answer,
            effort=len(key.plain),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """As many random letters."""
        return "".join(rng.choice(_LETTERS) for _ in task.reference)


def encoded(plain: str) -> str:
    """The run-length code.

    >>> encoded("aaab")
    '3a1b'
    """
    return "".join(f"{len(list(run))}{letter}" for letter, run in groupby(plain))
