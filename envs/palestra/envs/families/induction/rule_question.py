"""What the families share that show inputs with their outputs and ask for one more output."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.induction.grammar import Grammar, Rule, length
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.verifiers.keyed_random import KeyedRandom

ValueT = TypeVar("ValueT")


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleConfig(FamilyConfig):
    """Which rules are asked."""

    num_operations: int = stages(1, 1, 2, 2, 3, choices=(1, 2, 3))
    """How many operations make the rule, 1..3."""
    num_examples: int = stages(3, 4, choices=tuple(range(1, 9)))
    """How many inputs are shown with their outputs, 1..8."""
    size: int = ramp(5, 10, low=3, high=20)
    """How large inputs are, 3..20."""


RuleConfigT = TypeVar("RuleConfigT", bound=RuleConfig)


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleKey(Generic[ValueT]):
    """A rule, and inputs; the last one is asked."""

    rule: Rule
    inputs: tuple[ValueT, ...]


class RuleQuestion(Question[RuleConfigT, RuleKey[ValueT]], Generic[RuleConfigT, ValueT]):
    """A family of rules to be found.

    Every rule of the family's grammar that explains the examples, and has no more operations than the
    drawn one, gives the answer; and none has fewer.
    """

    grammar: ClassVar[Grammar[ValueT]]
    max_chars: ClassVar[int] = 400
    """No value is longer when it is shown."""

    @abstractmethod
    def sample(self, rng: KeyedRandom) -> ValueT:
        """A random input."""

    @abstractmethod
    def show(self, value: ValueT) -> str:
        """A value as the prompt shows it."""

    @abstractmethod
    def reference(self, value: ValueT) -> str:
        """A value as the verifier reads it."""

    def example(self, given: str, result: str) -> str:
        """One line of the prompt."""
        return f"{given} -> {result}"

    def draw(self, rng: KeyedRandom) -> RuleKey[ValueT]:
        """Draw a rule and inputs."""
        rule = self.grammar.draw(self.config.num_operations, rng)
        return RuleKey(rule=rule, inputs=tuple(self.sample(rng) for _ in range(self.config.num_examples + 1)))

    def canonical(self, key: RuleKey[ValueT]) -> str:
        """The rule and the inputs, in any order."""
        return f"{key.rule} {sorted(map(str, key.inputs))}"

    def composition(self, key: RuleKey[ValueT]) -> str:
        """The operations, where there are several."""
        names = self.grammar.names(key.rule)
        return " ".join(sorted(names)) if len(names) > 1 else ""

    def build(self, key: RuleKey[ValueT], rng: KeyedRandom) -> Content | None:
        """Show the examples, if they tell the rule."""
        pairs = self._pairs(key)
        if pairs is None or not self._is_clear(key.rule, pairs):
            return None
        *examples, (query, answer) = ((self.show(given), self.show(result)) for given, result in pairs)
        if any(answer in pair for pair in [*examples, (query,)]):
            return None
        most = length(key.rule)
        return Content(
            slots={"examples": "\n".join(self.example(*pair) for pair in examples), "query": query},
            reference=self.reference(pairs[-1][1]),
            effort=most * len(query),
            meta={"num_operations": most, "num_examples": len(examples)},
        )

    def _pairs(self, key: RuleKey[ValueT]) -> list[tuple[ValueT, ValueT]] | None:
        if len(set(key.inputs)) < len(key.inputs):
            return None
        pairs = []
        for value in key.inputs:
            result = self.grammar.run(key.rule, value)
            if result is None or not 0 < len(self.show(result)) <= self.max_chars:
                return None
            pairs.append((value, result))
        return pairs

    def _is_clear(self, rule: Rule, pairs: list[tuple[ValueT, ValueT]]) -> bool:
        *shown, (query, answer) = pairs
        most = length(rule)
        return all(
            length(other) == most and self.grammar.run(other, query) == answer
            for other in self.grammar.explanations(shown, most)
        )
