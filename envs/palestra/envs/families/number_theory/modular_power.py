"""Powers modulo a number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import NumberAnswer
from palestra.envs.config import FamilyConfig, geometric
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class ModularPowerConfig(FamilyConfig):
    """Which powers are asked."""

    base: int = geometric(12, 1000, low=3, high=10**9)
    """Largest base; the smallest is 2."""
    exponent: int = geometric(4, 10_000, low=2, high=10**12)
    """Largest exponent; the smallest is 2."""
    modulus: int = geometric(30, 1000, low=5, high=10**9)
    """Largest modulus; the smallest is half of it."""


class ModularPower(Question[ModularPowerConfig, tuple[int, int, int]]):
    """Questions such as `7^3 mod 25`; the key has base, exponent and modulus."""

    id: ClassVar[str] = "palestra/ModularPower-v1"
    Config: ClassVar[type[ModularPowerConfig]] = ModularPowerConfig
    templates = (
        "What is {base}^{exponent} mod {modulus}?",
        "Find the remainder of {base}^{exponent} divided by {modulus}.",
        "Calculate {base}^{exponent} modulo {modulus}.",
        "What remains when {base} to the power {exponent} is divided by {modulus}?",
    )
    answer_format = "End your reply with the remainder alone on the last line."
    verifier = NumberAnswer()
    floor = 0.12

    def draw(self, rng: KeyedRandom) -> tuple[int, int, int]:
        """Draw base, exponent and modulus."""
        config = self.config
        exponent = rng.between(max(2, config.exponent // 8), config.exponent)
        return rng.between(2, config.base), exponent, rng.between(config.modulus // 2, config.modulus)

    def build(self, key: tuple[int, int, int], rng: KeyedRandom) -> Content | None:
        """Ask for the remainder; 0 and 1 are guessed too often, and a small power is none."""
        base, exponent, modulus = key
        remainder = pow(base, exponent, modulus)
        if remainder < 2 or (exponent < 64 and base**exponent < modulus):
            return None
        return Content(
            slots={"base": str(base), "exponent": str(exponent), "modulus": str(modulus)},
            reference=str(remainder),
            effort=exponent.bit_length() * modulus.bit_length(),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A possible remainder."""
        return str(rng.between(2, self.config.modulus - 1))
