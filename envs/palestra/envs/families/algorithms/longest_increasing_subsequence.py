"""Longest increasing subsequences; every one of the greatest length is right."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line, read_integers
from palestra.envs.config import FamilyConfig, geometric, ramp
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Sequence:
    """A sequence, and one of its longest increasing subsequences."""

    numbers: tuple[int, ...]
    longest: tuple[int, ...]


class SubsequenceVerifier(RecordVerifier[Sequence]):
    """PASS when the final line is a strictly increasing subsequence of the greatest length.

    Reference: `Sequence` as JSON.
    """

    name: ClassVar[str] = "increasing-subsequence"
    record_type = Sequence

    def judge(self, response: str, reference: Sequence) -> Verdict:
        """Walk along the sequence once."""
        answer = read_integers(final_line(response))
        if any(a >= b for a, b in pairwise(answer)):
            return Verdict.failed("the numbers do not increase")
        rest = iter(reference.numbers)
        if not all(number in rest for number in answer):
            return Verdict.failed("the numbers do not stand in the sequence in this order")
        if len(answer) != len(reference.longest):
            return Verdict.failed(f"{len(answer)} numbers, the longest have {len(reference.longest)}")
        return Verdict.passed(f"{len(answer)} numbers increase, and no more can")


@dataclass(frozen=True, kw_only=True, slots=True)
class LongestIncreasingSubsequenceConfig(FamilyConfig):
    """Which sequences are asked."""

    length: int = ramp(5, 40, low=3, high=200)
    """How many numbers are given."""
    high: int = geometric(20, 1000, low=5, high=10**9)
    """Largest number; the smallest is 1."""


class LongestIncreasingSubsequence(Question[LongestIncreasingSubsequenceConfig, tuple[int, ...]]):
    """Random sequences."""

    id: ClassVar[str] = "palestra/LongestIncreasingSubsequence-v1"
    Config: ClassVar[type[LongestIncreasingSubsequenceConfig]] = LongestIncreasingSubsequenceConfig
    templates = (
        "Find a longest strictly increasing subsequence of {numbers}.",
        "Sequence: {numbers}\nDelete as few numbers as possible so that the rest strictly increases.",
        "Which numbers of {numbers}, left in their order, form a strictly increasing sequence that is as long as "
        "possible?",
        "Cross out numbers in {numbers} until each remaining one is greater than the one before it; keep as many as "
        "possible.",
    )
    answer_format = (
        "If there are several, any of them is right. "
        "The last line of your reply must be the subsequence, separated by commas."
    )
    verifier = SubsequenceVerifier()

    def draw(self, rng: KeyedRandom) -> tuple[int, ...]:
        """Independent numbers."""
        return tuple(rng.between(1, self.config.high) for _ in range(self.config.length))

    def build(self, key: tuple[int, ...], rng: KeyedRandom) -> Content | None:
        """Ask for a subsequence; None where there is nothing to find."""
        longest = longest_increasing(key)
        if len(longest) in (1, len(key)):
            return None
        return Content(
            slots={"numbers": ", ".join(map(str, key))},
            reference=encode(Sequence(key, longest)),
            effort=len(key),
        )

    def oracle(self, task: Task) -> str:
        """One of the longest."""
        return ", ".join(map(str, decode(Sequence, task.reference).longest))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Numbers that are taken as they come, from a random one on, while they increase."""
        numbers = decode(Sequence, task.reference).numbers
        taken: list[int] = []
        for number in numbers[rng.below(len(numbers)) :]:
            if not taken or number > taken[-1]:
                taken.append(number)
        return ", ".join(map(str, taken))


def longest_increasing(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """One of the longest strictly increasing subsequences.

    >>> longest_increasing((3, 1, 2, 2, 5))
    (1, 2, 5)
    """
    ends: list[tuple[int, ...]] = []  # for each length the subsequence with the smallest end
    for number in numbers:
        place = next((i for i, end in enumerate(ends) if end[-1] >= number), len(ends))
        ends[place : place + 1] = [(*(ends[place - 1] if place else ()), number)]
    return ends[-1] if ends else ()
