"""An unknown operation on two numbers: find out what it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

from palestra.envs.answers import NumberAnswer
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_PARTS: tuple[tuple[str, Callable[[int, int], int]], ...] = (
    ("a", lambda a, b: a),
    ("b", lambda a, b: b),
    ("a*b", lambda a, b: a * b),
    ("a*a", lambda a, b: a * a),
    ("b*b", lambda a, b: b * b),
    ("|a-b|", lambda a, b: abs(a - b)),
    ("max", max),
    ("min", min),
    ("a mod b", lambda a, b: a % b),
    ("a div b", lambda a, b: a // b),
)
_SIGNS = ("#", "@", "&", "::", "><", "o")
_FACTORS, _CONSTANTS = (1, -1, 2, 3, -2, -3), range(-9, 10)
_LEAST = 3  # smaller answers come too often

Sum = tuple[tuple[int, int], ...]
"""A weighted sum of parts: their numbers with their factors."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OperatorDiscoveryConfig(FamilyConfig):
    """Which operations are asked."""

    num_parts: int = stages(1, 2, choices=(1, 2))
    """Of how many parts, such as the product or the larger number, the operation is a weighted sum: 1 or 2."""
    has_constant: bool = stages(False, False, True, False, True, True)
    """Whether a constant is added."""
    num_factors: int = stages(1, 2, 4, 6, choices=(1, 2, 3, 4, 5, 6))
    """How many of the factors 1, -1, 2, 3, -2, -3 parts may have."""
    high: int = ramp(20, 60, low=6, high=99)
    """Largest given number."""
    num_examples: int = stages(4, 4, 5, 5, 6, choices=tuple(range(4, 13)))
    """How many examples are shown, 4..12."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OperatorKey:
    """An operation, and pairs of numbers; the last pair is asked."""

    parts: Sum
    constant: int
    pairs: tuple[tuple[int, int], ...]


class OperatorDiscovery(Question[OperatorDiscoveryConfig, OperatorKey]):
    """Weighted sums of parts such as `a*b` and `max`; all sums that explain the examples agree on the question."""

    id: ClassVar[str] = "palestra/OperatorDiscovery-v1"
    Config: ClassVar[type[OperatorDiscoveryConfig]] = OperatorDiscoveryConfig
    templates = (
        "An unknown operation {sign} on whole numbers:\n{examples}\nWhat is {query}?",
        "{examples}\nFind out what {sign} does and calculate {query}.",
        "The sign {sign} stands for one rule with two numbers.\n{examples}\n{query} = ?",
        "Somebody invented the operation {sign}. These are right:\n{examples}\nGive the value of {query}.",
    )
    answer_format = "Reply with the number only."
    verifier = NumberAnswer()

    def draw(self, rng: KeyedRandom) -> OperatorKey:
        """Draw the sum and the pairs."""
        config = self.config
        numbers = sorted(rng.sample(range(len(_PARTS)), config.num_parts))
        parts = tuple((number, rng.choice(_FACTORS[: config.num_factors])) for number in numbers)
        pairs = tuple(
            (rng.between(1, config.high), rng.between(1, config.high)) for _ in range(config.num_examples + 1)
        )
        constant = rng.choice(_CONSTANTS) if config.has_constant else 0
        return OperatorKey(parts=parts, constant=constant, pairs=pairs)

    def canonical(self, key: OperatorKey) -> str:
        """The operation and the pairs in any order."""
        return f"{key.parts} {key.constant} {sorted(key.pairs)}"

    def composition(self, key: OperatorKey) -> str:
        """The parts, where there are several."""
        return " ".join(_PARTS[number][0] for number, _ in key.parts) if len(key.parts) > 1 else ""

    def build(self, key: OperatorKey, rng: KeyedRandom) -> Content | None:
        """Show the examples, if they tell the operation."""
        values = [_value(key.parts, key.constant, pair) for pair in key.pairs]
        (*shown, query), (*results, answer) = key.pairs, values
        if (
            len(set(key.pairs)) < len(key.pairs)
            or len(set(results)) < 3
            or answer in (*results, *query)
            or abs(answer) < _LEAST
        ):
            return None
        largest = len(key.parts)
        for parts, constant in _explanations(shown, results, largest):
            if _value(parts, constant, query) != answer:
                return None
            if len(parts) < largest:
                return None
        sign = rng.choice(_SIGNS)
        lines = [f"{a} {sign} {b} = {value}" for (a, b), value in zip(shown, results, strict=True)]
        return Content(
            slots={"sign": sign, "examples": "\n".join(lines), "query": f"{query[0]} {sign} {query[1]}"},
            reference=str(answer),
            effort=2 * largest + (key.constant != 0) + self.config.high / 10,
            meta={"num_parts": largest, "num_examples": len(lines)},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A number of some such size."""
        return str(rng.between(-20, self.config.high**2))


def _value(parts: Sum, constant: int, pair: tuple[int, int]) -> int:
    return sum(factor * _PARTS[number][1](*pair) for number, factor in parts) + constant


def _explanations(pairs: list[tuple[int, int]], results: list[int], most: int) -> Iterator[tuple[Sum, int]]:
    """All sums of at most `most` parts that give the results."""
    columns = [[part(*pair) for pair in pairs] for _, part in _PARTS]
    for number, column in enumerate(columns):
        for factor in _FACTORS:
            constant = results[0] - factor * column[0]
            if constant in _CONSTANTS and _gives([factor * x for x in column], constant, results):
                yield ((number, factor),), constant
    for one, two in combinations(range(len(_PARTS)) if most > 1 else (), 2):
        x, y = columns[one], columns[two]
        for p in _FACTORS:
            # Two examples leave few second factors: those that turn the first difference into the right one.
            step, wanted = y[1] - y[0], results[1] - results[0] - p * (x[1] - x[0])
            for q in _FACTORS:
                constant = results[0] - p * x[0] - q * y[0]
                if q * step != wanted or constant not in _CONSTANTS:
                    continue
                if _gives([p * a + q * b for a, b in zip(x, y, strict=True)], constant, results):
                    yield ((one, p), (two, q)), constant


def _gives(values: list[int], constant: int, results: list[int]) -> bool:
    return all(value + constant == result for value, result in zip(values, results, strict=True))
