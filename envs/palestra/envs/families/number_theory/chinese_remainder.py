"""The least number with given remainders."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd, prod
from typing import ClassVar

from palestra.envs.answers import NumberAnswer
from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_MAX_TRIES = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class ChineseRemainderConfig(FamilyConfig):
    """Which remainders are given."""

    num_moduli: int = stages(2, 2, 2, 2, 3, 3, 3, 4, 4, 5, choices=tuple(range(2, 9)))
    """How many remainders, 2..8."""
    modulus: int = geometric(11, 60, low=6, high=1000)
    """Largest modulus; the smallest is 3."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RemaindersKey:
    """Moduli without common factors, and a number below their product."""

    moduli: tuple[int, ...]
    number: int


class ChineseRemainder(Question[ChineseRemainderConfig, RemaindersKey]):
    """Questions such as `x leaves remainder 2 divided by 3 and remainder 3 divided by 5`."""

    id: ClassVar[str] = "palestra/ChineseRemainder-v1"
    Config: ClassVar[type[ChineseRemainderConfig]] = ChineseRemainderConfig
    templates = (
        "Find the smallest non-negative integer x with {conditions}.",
        "What is the least non-negative integer x such that {conditions}?",
        "Solve for the smallest x >= 0: {conditions}.",
        "An integer x satisfies {conditions}. How small can it be if it is not negative?",
    )
    answer_format = "End your reply with the number alone on the last line."
    verifier = NumberAnswer()
    floor = 0.08

    def draw(self, rng: KeyedRandom) -> RemaindersKey:
        """Draw moduli that share no factor, and a number."""
        moduli: list[int] = []
        for _ in range(_MAX_TRIES):
            modulus = rng.between(3, self.config.modulus)
            if all(gcd(modulus, other) == 1 for other in moduli):
                moduli.append(modulus)
            if len(moduli) == self.config.num_moduli:
                break
        return RemaindersKey(moduli=tuple(moduli), number=rng.below(prod(moduli)))

    def canonical(self, key: RemaindersKey) -> str:
        """The moduli in order of size, and the number that decides the remainders."""
        return f"{sorted(key.moduli)} {key.number}"

    def build(self, key: RemaindersKey, rng: KeyedRandom) -> Content | None:
        """Ask for the number, if it cannot be read off a remainder."""
        if len(key.moduli) < self.config.num_moduli or key.number < max(key.moduli):
            return None
        return _content(key, [key.number % modulus for modulus in key.moduli])

    def unsolvable(self, key: RemaindersKey, rng: KeyedRandom) -> Content | None:
        """A second modulus that the first one divides, with a remainder that does not fit the first."""
        if self.build(key, rng) is None:
            return None
        first, _, *others = key.moduli
        twin = RemaindersKey(moduli=(first, rng.between(2, 3) * first, *others), number=key.number)
        remainders = [key.number % modulus for modulus in twin.moduli]
        remainders[1] = (remainders[1] + rng.between(1, first - 1)) % twin.moduli[1]
        return _content(twin, remainders)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A number that may be it."""
        return str(rng.below(self.config.modulus**self.config.num_moduli))


def _content(key: RemaindersKey, remainders: list[int]) -> Content:
    conditions = [f"x = {r} (mod {modulus})" for r, modulus in zip(remainders, key.moduli, strict=True)]
    return Content(
        slots={"conditions": ", ".join(conditions)},
        reference=str(key.number),
        effort=prod(key.moduli).bit_length(),
        meta={"num_moduli": len(key.moduli)},
    )
