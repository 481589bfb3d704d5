"""Functions of lists: find out what a function does to a list, and do it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer
from palestra.envs.config import ramp
from palestra.envs.families.induction.grammar import Grammar, Operation, reversible
from palestra.envs.families.induction.rule_question import RuleConfig, RuleQuestion
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

Numbers = tuple[int, ...]
_LARGEST = 99_999


def _without(numbers: Numbers, unwanted: int) -> Numbers:
    return tuple(n for n in numbers if n != unwanted)


def _with_swapped_ends(numbers: Numbers) -> Numbers:
    return (*numbers[-1:], *numbers[1:-1], *numbers[:1]) if len(numbers) > 1 else numbers


_SELECT: tuple[Operation[Numbers], ...] = (
    Operation("keep-even", lambda s: tuple(n for n in s if n % 2 == 0)),
    Operation("keep-odd", lambda s: tuple(n for n in s if n % 2)),
    Operation("keep-above-9", lambda s: tuple(n for n in s if n > 9)),
    Operation("keep-below-10", lambda s: tuple(n for n in s if n < 10)),
    Operation("drop-first", lambda s: s[1:]),
    Operation("drop-last", lambda s: s[:-1]),
    Operation("take-3", lambda s: s[:3]),
    Operation("take-last-3", lambda s: s[-3:]),
    Operation("every-second", lambda s: s[::2]),
    Operation("every-other", lambda s: s[1::2]),
    Operation("drop-repeats", lambda s: tuple(dict.fromkeys(s))),
    Operation("drop-largest", lambda s: _without(s, max(s))),
    Operation("drop-smallest", lambda s: _without(s, min(s))),
)
_MAP: tuple[Operation[Numbers], ...] = (
    Operation("add-1", lambda s: tuple(n + 1 for n in s)),
    Operation("add-2", lambda s: tuple(n + 2 for n in s)),
    Operation("add-5", lambda s: tuple(n + 5 for n in s)),
    Operation("subtract-1", lambda s: tuple(n - 1 for n in s)),
    Operation("double", lambda s: tuple(2 * n for n in s)),
    Operation("triple", lambda s: tuple(3 * n for n in s)),
    Operation("square", lambda s: tuple(n * n for n in s)),
    Operation("halve", lambda s: tuple(n // 2 for n in s)),
    Operation("last-digit", lambda s: tuple(n % 10 for n in s)),
    Operation("differences", lambda s: tuple(b - a for a, b in pairwise(s))),
    Operation("sums-of-neighbours", lambda s: tuple(a + b for a, b in pairwise(s))),
    Operation("running-sum", lambda s: tuple(accumulate(s))),
    Operation("running-maximum", lambda s: tuple(accumulate(s, max))),
    Operation("add-place", lambda s: tuple(n + i for i, n in enumerate(s, 1))),
    Operation("times-place", lambda s: tuple(n * i for i, n in enumerate(s, 1))),
    Operation("distance-to-largest", lambda s: tuple(max(s) - n for n in s)),
)
_ORDER: tuple[Operation[Numbers], ...] = (
    Operation("sort", lambda s: tuple(sorted(s))),
    Operation("sort-down", lambda s: tuple(sorted(s, reverse=True))),
)
_ARRANGE: tuple[Operation[Numbers], ...] = (
    reversible("reverse", lambda s: s[::-1], lambda s: s[::-1]),
    reversible("rotate-left", lambda s: s[1:] + s[:1], lambda s: s[-1:] + s[:-1]),
    reversible("rotate-right", lambda s: s[-1:] + s[:-1], lambda s: s[1:] + s[:1]),
    reversible("swap-ends", _with_swapped_ends, _with_swapped_ends),
    reversible("append-sum", lambda s: (*s, sum(s)), lambda s: s[:-1]),
    reversible("append-length", lambda s: (*s, len(s)), lambda s: s[:-1]),
    reversible("append-largest", lambda s: (*s, max(s)), lambda s: s[:-1]),
    reversible("prepend-last", lambda s: (*s[-1:], *s), lambda s: s[1:]),
    reversible("each-twice", lambda s: tuple(n for n in s for _ in range(2)), lambda s: s[::2]),
    reversible("mirror", lambda s: s + s[::-1], lambda s: s[: len(s) // 2]),
)


def _guarded(operation: Operation[Numbers]) -> Operation[Numbers]:
    """The operation on lists that are not empty, with results whose numbers are not too large."""

    def apply(numbers: Numbers) -> Numbers | None:
        result = operation.apply(numbers) if numbers else None
        return result if result and max(result) <= _LARGEST else None

    return Operation(operation.name, apply, operation.undo)


@dataclass(frozen=True, kw_only=True, slots=True)
class ListFunctionsConfig(RuleConfig):
    """Which functions are asked."""

    high: int = ramp(20, 50, low=10, high=99)
    """Largest number of a list."""


class ListFunctions(RuleQuestion[ListFunctionsConfig, Numbers]):
    """Functions that select, calculate and arrange."""

    id: ClassVar[str] = "palestra/ListFunctions-v1"
    Config: ClassVar[type[ListFunctionsConfig]] = ListFunctionsConfig
    templates = (
        "A function turns lists into lists:\n{examples}\nWhat does it make of {query}?",
        "{examples}\nThe same rule holds everywhere. Apply it to {query}.",
        "Find the rule behind these examples and apply it to {query}.\n{examples}",
        "Each list on the right was made from the one on the left in the same way.\n{examples}\n{query} -> ?",
    )
    answer_format = "Reply with the resulting list alone, its numbers separated by commas."
    verifier = IntegersAnswer()
    grammar = Grammar(*(tuple(map(_guarded, stage)) for stage in (_SELECT, _MAP, _ORDER, _ARRANGE)))

    def sample(self, rng: KeyedRandom) -> Numbers:
        """A list of small numbers."""
        size = self.config.size
        return tuple(rng.below(self.config.high + 1) for _ in range(rng.between(size - 1, size + 1)))

    def show(self, value: Numbers) -> str:
        """In brackets."""
        return str(list(value))

    def reference(self, value: Numbers) -> str:
        """A JSON list."""
        return json.dumps(value)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Some of the numbers of a list."""
        return ", ".join(str(number) for number in self.sample(rng))
