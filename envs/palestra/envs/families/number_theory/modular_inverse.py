"""Inverses modulo a number."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import ClassVar

from palestra.envs.answers import NumberAnswer
from palestra.envs.config import FamilyConfig, geometric
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_SMALL_PRIMES = (2, 3, 5, 7, 11, 13)


@dataclass(frozen=True, kw_only=True, slots=True)
class ModularInverseConfig(FamilyConfig):
    """Which inverses are asked."""

    modulus: int = geometric(60, 100_000, low=12, high=10**12)
    """Largest modulus; the smallest is a third of it."""


class ModularInverse(Question[ModularInverseConfig, tuple[int, int]]):
    """Questions such as `the inverse of 7 modulo 26`; the key has the number and the modulus."""

    id: ClassVar[str] = "palestra/ModularInverse-v1"
    Config: ClassVar[type[ModularInverseConfig]] = ModularInverseConfig
    templates = (
        "What is the inverse of {number} modulo {modulus}?",
        "Find the x with 0 < x < {modulus} and {number} * x = 1 (mod {modulus}).",
        "By which positive number below {modulus} must {number} be multiplied to leave remainder 1 modulo {modulus}?",
        "Calculate the multiplicative inverse of {number} mod {modulus}.",
    )
    answer_format = "End your reply with the inverse, as a positive number below the modulus, alone on the last line."
    verifier = NumberAnswer()
    floor = 0.08

    def draw(self, rng: KeyedRandom) -> tuple[int, int]:
        """Draw a modulus and a number below it."""
        modulus = rng.between(self.config.modulus // 3, self.config.modulus)
        return rng.between(2, modulus - 2), modulus

    def build(self, key: tuple[int, int], rng: KeyedRandom) -> Content | None:
        """Ask for the inverse, if there is one and it is another number."""
        number, modulus = key
        if gcd(number, modulus) != 1 or (inverse := pow(number, -1, modulus)) == number:
            return None
        return _content(number, modulus, inverse)

    def unsolvable(self, key: tuple[int, int], rng: KeyedRandom) -> Content | None:
        """A number that has a factor in common with the modulus."""
        modulus = key[1]
        factor = next((d for d in _SMALL_PRIMES if modulus % d == 0 and d < modulus), None)
        return None if factor is None else _content(factor * rng.between(1, modulus // factor - 1), modulus, 1)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A possible inverse."""
        return str(rng.between(2, self.config.modulus - 1))


def _content(number: int, modulus: int, inverse: int) -> Content:
    return Content(
        slots={"number": str(number), "modulus": str(modulus)},
        reference=str(inverse),
        effort=modulus.bit_length(),
    )
