"""Grammars of rules: a rule takes at most one operation of each stage, and all rules of a size can be tried.

That is how a puzzle is proven unambiguous: every rule of the grammar that is no longer than the one that was
drawn and that explains the examples must give the same answer.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from palestra.verifiers.keyed_random import KeyedRandom

ValueT = TypeVar("ValueT")

Rule = tuple[int, ...]
"""For each stage the number of its operation, or `SKIP`."""
SKIP = -1
Pairs = Iterable[tuple[ValueT, ValueT]]


@dataclass(frozen=True, slots=True)
class Operation(Generic[ValueT]):
    """A step of a rule."""

    name: str
    apply: Callable[[ValueT], ValueT | None]
    """The value that follows; None where the operation does not fit."""
    undo: Callable[[ValueT], ValueT | None] | None = None
    """For operations that lose nothing: the one value that this one was made from, if there is one."""


def reversible(
    name: str, apply: Callable[[ValueT], ValueT | None], source: Callable[[ValueT], ValueT]
) -> Operation[ValueT]:
    """An operation with a function that finds the only value that a result can come from, if it is one."""

    def undo(result: ValueT) -> ValueT | None:
        value = source(result)
        return value if value and apply(value) == result else None

    return Operation(name, apply, undo)


class Grammar(Generic[ValueT]):
    """Stages of operations; those that can be undone belong into the last stages."""

    def __init__(self, *stages: tuple[Operation[ValueT], ...]) -> None:
        self.stages = stages
        self._num_forward = len(stages)
        while self._num_forward and all(op.undo for op in stages[self._num_forward - 1]):
            self._num_forward -= 1

    def draw(self, num_operations: int, rng: KeyedRandom) -> Rule:
        """A rule of so many operations."""
        chosen = rng.sample(range(len(self.stages)), num_operations)
        return tuple(rng.below(len(stage)) if i in chosen else SKIP for i, stage in enumerate(self.stages))

    def names(self, rule: Rule) -> tuple[str, ...]:
        """The names of a rule's operations."""
        return tuple(stage[i].name for stage, i in zip(self.stages, rule, strict=True) if i != SKIP)

    def run(self, rule: Rule, value: ValueT) -> ValueT | None:
        """What the rule makes of a value; None where it does not fit."""
        result: ValueT | None = value
        for stage, i in zip(self.stages, rule, strict=True):
            if i != SKIP and result is not None:
                result = stage[i].apply(result)
        return result

    def explanations(self, pairs: Pairs[ValueT], most: int) -> Iterator[Rule]:
        """All rules of at most `most` operations that turn each first value into its second one."""
        (given, wanted), *others = pairs
        tails = self._backward(wanted, most)
        heads = self._forward(given, most, tails)
        for value, suffixes in tails.items():
            for prefix in heads.get(value, ()):
                for suffix in suffixes:
                    rule = prefix + suffix
                    if length(rule) <= most and all(self.run(rule, x) == y for x, y in others):
                        yield rule

    def _forward(self, value: ValueT, most: int, wanted: Container[ValueT]) -> dict[ValueT, list[Rule]]:
        reached: dict[ValueT, list[Rule]] = {value: [()]}
        for number, stage in enumerate(self.stages[: self._num_forward], 1):
            is_last = number == self._num_forward
            grown = {value: [(*rule, SKIP) for rule in rules] for value, rules in reached.items()}
            for value, rules in reached.items():
                if shorter := [rule for rule in rules if length(rule) < most]:
                    for i, operation in enumerate(stage):
                        result = operation.apply(value)
                        if result is not None and not (is_last and result not in wanted):
                            grown.setdefault(result, []).extend((*rule, i) for rule in shorter)
            reached = grown
        return reached

    def _backward(self, value: ValueT, most: int) -> dict[ValueT, list[Rule]]:
        reached: dict[ValueT, list[Rule]] = {value: [()]}
        for stage in reversed(self.stages[self._num_forward :]):
            grown = {value: [(SKIP, *rule) for rule in rules] for value, rules in reached.items()}
            for value, rules in reached.items():
                if shorter := [rule for rule in rules if length(rule) < most]:
                    for i, operation in enumerate(stage):
                        assert operation.undo is not None, "the stages after the forward ones can be undone"
                        source = operation.undo(value)
                        if source is not None:
                            grown.setdefault(source, []).extend((i, *rule) for rule in shorter)
            reached = grown
        return reached


def length(rule: Rule) -> int:
    """How many operations a rule has."""
    return len(rule) - rule.count(SKIP)
