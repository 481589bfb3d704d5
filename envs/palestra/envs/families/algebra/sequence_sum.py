"""Sums of arithmetic and geometric sequences, of polynomials, and of infinite geometric series."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from palestra.envs.answers import NumberAnswer
from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.families.algebra.polynomial import polynomial_text
from palestra.envs.families.kinds import check_kinds
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_KINDS = ("arithmetic", "geometric", "infinite", "polynomial")
_WORK = {"arithmetic": 1, "geometric": 2, "infinite": 3, "polynomial": 4}


@dataclass(frozen=True, kw_only=True, slots=True)
class SequenceSumConfig(FamilyConfig):
    """Which sums are asked."""

    kinds: str = stages(
        "arithmetic",
        "arithmetic",
        "arithmetic geometric",
        *["arithmetic geometric infinite"] * 3,
        *["geometric infinite polynomial"] * 2,
        *["infinite polynomial"] * 2,
        choices=(),
    )
    """Kinds of sums, separated by spaces: arithmetic geometric infinite polynomial."""
    num_terms: int = geometric(6, 60, low=4, high=10_000)
    """Most terms of an arithmetic sequence or of a sum of polynomials; a geometric sequence has up to 12."""
    high: int = geometric(9, 30, low=3, high=1000)
    """Size of first terms, differences and coefficients."""

    def check(self) -> None:
        """The kinds exist."""
        check_kinds("kinds", self.kinds, _KINDS)


@dataclass(frozen=True, kw_only=True, slots=True)
class SeriesKey:
    """A kind of series, its numbers, and its first and last index."""

    kind: str
    numbers: tuple[int, ...]
    first: int
    last: int


class SequenceSum(Question[SequenceSumConfig, SeriesKey]):
    """Questions such as `the sum of the first 20 terms of the arithmetic sequence 3, 7, 11, ...`."""

    id: ClassVar[str] = "palestra/SequenceSum-v1"
    Config: ClassVar[type[SequenceSumConfig]] = SequenceSumConfig
    templates = (
        "What is the sum of {series}?",
        "Calculate the sum of {series}.",
        "Add up {series}.",
        "Find the exact total of {series}.",
    )
    answer_format = (
        "End your reply with the sum alone on the last line: a whole number, or a fraction p/q in lowest terms."
    )
    verifier = NumberAnswer()

    def draw(self, rng: KeyedRandom) -> SeriesKey:
        """Draw a kind and its numbers."""
        kind, high = rng.choice(self.config.kinds.split()), self.config.high
        start = rng.between(1, high)
        last = rng.between(max(4, self.config.num_terms // 2), self.config.num_terms)
        if kind == "arithmetic":
            return SeriesKey(kind=kind, numbers=(start, rng.between(2, high)), first=1, last=last)
        if kind == "geometric":
            ratio = rng.between(2, 5) * (1 if rng.below(3) else -1)
            return SeriesKey(kind=kind, numbers=(start, ratio), first=1, last=rng.between(4, min(12, last + 2)))
        if kind == "infinite":
            q = rng.between(2, 12)
            ratio_size = Fraction(rng.between(1, q - 1), q)
            p = ratio_size.numerator * (1 if rng.below(2) else -1)
            return SeriesKey(kind=kind, numbers=(start, p, ratio_size.denominator), first=1, last=0)
        first = rng.between(1, max(1, last // 4))
        degree = rng.between(2, 3)
        numbers = (*(rng.between(-high, high) for _ in range(degree)), rng.between(1, max(1, high // 4)))
        return SeriesKey(kind=kind, numbers=numbers, first=first, last=last)

    def build(self, key: SeriesKey, rng: KeyedRandom) -> Content | None:
        """Ask for the sum."""
        series, total = _WRITERS[key.kind](key)
        if total == 0:
            return None
        return Content(
            slots={"series": series},
            reference=str(total),
            effort=_WORK[key.kind] * 10 + len(series) / 10 + max(key.last, 0) ** 0.5,
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A number of a size that the sum may have."""
        high = self.config.high * self.config.num_terms**2
        return str(Fraction(rng.between(1, high), rng.choice((1, 1, rng.between(2, 12)))))


def _arithmetic(key: SeriesKey) -> tuple[str, Fraction]:
    start, step = key.numbers
    shown = f"{start}, {start + step}, {start + 2 * step}"
    text = f"the first {key.last} terms of the arithmetic sequence that starts {shown}"
    return text, Fraction(key.last * (2 * start + (key.last - 1) * step), 2)


def _geometric(key: SeriesKey) -> tuple[str, Fraction]:
    start, ratio = key.numbers
    shown = ", ".join(str(start * ratio**i) for i in range(3))
    text = f"the first {key.last} terms of the geometric sequence that starts {shown}"
    return text, Fraction(start * (ratio**key.last - 1), ratio - 1)


def _infinite(key: SeriesKey) -> tuple[str, Fraction]:
    start, ratio = key.numbers[0], Fraction(key.numbers[1], key.numbers[2])
    text = f"the infinite geometric series with first term {start} and ratio {ratio}"
    return text, start / (1 - ratio)


def _polynomial(key: SeriesKey) -> tuple[str, Fraction]:
    total = sum(c * k**power for k in range(key.first, key.last + 1) for power, c in enumerate(key.numbers))
    text = f"{polynomial_text(key.numbers, 'k')} over all integers k from {key.first} to {key.last}"
    return text, Fraction(total)


_WRITERS: dict[str, Callable[[SeriesKey], tuple[str, Fraction]]] = {
    "arithmetic": _arithmetic,
    "geometric": _geometric,
    "infinite": _infinite,
    "polynomial": _polynomial,
}
