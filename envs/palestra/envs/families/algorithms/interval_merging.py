"""Merging intervals that overlap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import final_line
from palestra.envs.config import FamilyConfig, geometric, ramp
from palestra.envs.families.algorithms.pairs import Pairs, read_pairs
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict
from palestra.verifiers.verifier import Verifier


class IntervalsAnswer(Verifier[Pairs]):
    """PASS when the final line has exactly the reference's intervals, in any order.

    Reference: intervals such as `1-4, 6-9`.
    """

    name: ClassVar[str] = "intervals-answer"

    def parse_reference(self, reference: str) -> Pairs:
        """Read the intervals."""
        try:
            return read_pairs(reference)
        except NoAnswerError as error:
            raise ValueError(str(error)) from None

    def judge(self, response: str, reference: Pairs) -> Verdict:
        """Compare the sorted lists."""
        answer = read_pairs(final_line(response))
        if sorted(answer) == sorted(reference):
            return Verdict.passed(f"all {len(reference)} intervals are right")
        strange = [pair for pair in answer if pair not in reference][:1]
        if strange:
            return Verdict.failed("{}-{} is none of the right intervals".format(*strange[0]))
        return Verdict.failed(f"{len(answer)} intervals, right are {len(reference)}")


@dataclass(frozen=True, kw_only=True, slots=True)
class IntervalMergingConfig(FamilyConfig):
    """Which intervals are merged."""

    num_intervals: int = ramp(3, 25, low=2, high=200)
    """How many intervals are given."""
    high: int = geometric(20, 1000, low=10, high=10**9)
    """Largest end; the smallest is 1."""


class IntervalMerging(Question[IntervalMergingConfig, Pairs]):
    """Closed intervals, of which some overlap; the key has them in the order of the prompt."""

    id: ClassVar[str] = "palestra/IntervalMerging-v1"
    Config: ClassVar[type[IntervalMergingConfig]] = IntervalMergingConfig
    templates = (
        "Merge the intervals that overlap or share an end point: {intervals}",
        "Intervals (ends included): {intervals}\nUnite all that have at least one point in common.",
        "Given {intervals}\nJoin intervals that overlap, or of which one ends exactly where another starts.",
        "Write the union of these closed intervals with as few intervals as possible: {intervals}",
    )
    answer_format = "The last line of your reply must be the merged intervals, like `1-4, 6-9`."
    verifier = IntervalsAnswer()

    def draw(self, rng: KeyedRandom) -> Pairs:
        """Intervals of a length at which some stay apart."""
        config = self.config
        longest = max(2, 2 * config.high // config.num_intervals)
        starts = (rng.between(1, config.high - 1) for _ in range(config.num_intervals))
        return tuple((start, min(config.high, start + rng.between(1, longest))) for start in starts)

    def canonical(self, key: Pairs) -> str:
        """The intervals in order."""
        return str(sorted(key))

    def build(self, key: Pairs, rng: KeyedRandom) -> Content | None:
        """Ask for the union; None where nothing is merged or all are."""
        merged = merge(key)
        if len(merged) in (1, len(set(key))):
            return None
        return Content(slots={"intervals": _shown(key)}, reference=_shown(merged), effort=len(key))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """One to three random intervals."""
        ends = [sorted(rng.sample(range(1, 21), 2)) for _ in range(rng.between(1, 3))]
        return ", ".join(f"{a}-{b}" for a, b in ends)


def merge(intervals: Pairs) -> Pairs:
    """The union of closed intervals.

    >>> merge(((1, 3), (5, 6), (3, 4)))
    ((1, 4), (5, 6))
    """
    merged: list[tuple[int, int]] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _shown(intervals: Pairs) -> str:
    return ", ".join(f"{start}-{end}" for start, end in intervals)
