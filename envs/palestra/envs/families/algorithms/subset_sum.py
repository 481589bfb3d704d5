"""Numbers of a list that add up to a target; every such choice is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line, read_integers
from palestra.envs.config import FamilyConfig, geometric, ramp
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict

_MAX_TWIN_TOTAL = 100_000  # the proof of a twin takes that many bits


@dataclass(frozen=True, slots=True)
class Sum:
    """Different numbers, a target, and one choice that reaches it (empty where none does)."""

    numbers: tuple[int, ...]
    target: int
    choice: tuple[int, ...]


class SubsetSumVerifier(RecordVerifier[Sum]):
    """PASS when the final line has numbers of the list, each once, whose sum is the target.

    Reference: `Sum` as JSON.
    """

    name: ClassVar[str] = "subset-sum"
    record_type = Sum

    def judge(self, response: str, reference: Sum) -> Verdict:
        """Add up."""
        choice = read_integers(final_line(response).replace("+", ","))
        if len(set(choice)) < len(choice):
            return Verdict.failed("a number is used twice")
        strange = set(choice) - set(reference.numbers)
        if strange:
            return Verdict.failed(f"{str(min(strange))[:40]} is not in the list")
        if sum(choice) != reference.target:
            return Verdict.failed(f"the sum is {sum(choice)}, the target {reference.target}")
        return Verdict.passed(f"the sum is {reference.target}")


@dataclass(frozen=True, kw_only=True, slots=True)
class SubsetSumConfig(FamilyConfig):
    """Which lists are given."""

    num_numbers: int = ramp(4, 20, low=3, high=60)
    """How many numbers are given."""
    high: int = geometric(20, 5_000, low=10, high=10**9)
    """Largest number; the smallest is 1."""


@dataclass(frozen=True, slots=True)
class SubsetSumKey:
    """Numbers, of which the first ones make the target, before they are shuffled."""

    numbers: tuple[int, ...]
    num_chosen: int


class SubsetSum(Question[SubsetSumConfig, SubsetSumKey]):
    """Lists of different numbers with a target that some of them reach."""

    id: ClassVar[str] = "palestra/SubsetSum-v1"
    Config: ClassVar[type[SubsetSumConfig]] = SubsetSumConfig
    templates = (
        "Choose numbers from {numbers} that add up to exactly {target}.",
        "Numbers: {numbers}\nTarget: {target}\nFind some of the numbers whose sum is the target.",
        "Which of the numbers {numbers} have the sum {target}?",
        "From the list {numbers} take numbers that together make {target}.",
    )
    answer_format = (
        "Each number can be used once; any choice that fits is right. "
        "The last line of your reply must be the chosen numbers, separated by commas."
    )
    verifier = SubsetSumVerifier()

    def draw(self, rng: KeyedRandom) -> SubsetSumKey:
        """Different numbers and a choice of about a half."""
        config = self.config
        numbers: dict[int, None] = {}
        while len(numbers) < min(config.num_numbers, config.high):
            numbers[rng.between(1, config.high)] = None
        return SubsetSumKey(tuple(numbers), rng.between(2, max(2, len(numbers) * 3 // 5)))

    def canonical(self, key: SubsetSumKey) -> str:
        """The set of numbers and the target."""
        return f"{sorted(key.numbers)} {sum(key.numbers[: key.num_chosen])}"

    def build(self, key: SubsetSumKey, rng: KeyedRandom) -> Content | None:
        """Ask for a choice; None where a single number is the target."""
        choice = key.numbers[: key.num_chosen]
        if sum(choice) in key.numbers:
            return None
        return self._content(key, sum(choice), choice, rng)

    def unsolvable(self, key: SubsetSumKey, rng: KeyedRandom) -> Content | None:
        """The same numbers with the nearest target that no choice reaches."""
        target, total = sum(key.numbers[: key.num_chosen]), sum(key.numbers)
        if total > _MAX_TWIN_TOTAL:
            return None
        reached = 1
        for number in key.numbers:
            reached |= reached << number
        nearby = (near for offset in range(1, total) for near in (target - offset, target + offset))
        unreached = next((near for near in nearby if 1 < near < total and not reached >> near & 1), None)
        return None if unreached is None else self._content(key, unreached, (), rng)

    def oracle(self, task: Task) -> str:
        """The choice that made the target."""
        return ", ".join(map(str, decode(Sum, task.reference).choice))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Some of the numbers."""
        numbers = decode(Sum, task.reference).numbers
        return ", ".join(map(str, rng.sample(numbers, rng.between(2, len(numbers) - 1))))

    def _content(self, key: SubsetSumKey, target: int, choice: tuple[int, ...], rng: KeyedRandom) -> Content:
        numbers = rng.sample(key.numbers, len(key.numbers))
        return Content(
            slots={"numbers": ", ".join(map(str, numbers)), "target": str(target)},
            reference=encode(Sum(tuple(numbers), target, choice)),
            effort=len(numbers),
        )
