"""Powers of whole numbers, and roots that are whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import NumberAnswer
from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_NAMES = {2: "square", 3: "cube"}


@dataclass(frozen=True, kw_only=True, slots=True)
class PowerFunctionConfig(FamilyConfig):
    """Which powers are asked."""

    high: int = geometric(60, 8000, low=12, high=10**6)
    """Largest base; the smallest is 2, and smaller bases go with larger exponents."""
    max_exponent: int = stages(2, 2, 3, 3, 4, 4, 5, 5, 6, 7, choices=tuple(range(2, 13)))
    """Largest exponent, 2..12."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PowerKey:
    """A base, its exponent, and whether the base is asked for."""

    base: int
    exponent: int
    is_root: bool


class PowerFunction(Question[PowerFunctionConfig, PowerKey]):
    """Questions such as `13^3` and `the cube root of 2197`."""

    id: ClassVar[str] = "palestra/PowerFunction-v1"
    Config: ClassVar[type[PowerFunctionConfig]] = PowerFunctionConfig
    templates = ("What is {expression}?", "Calculate {expression}.", "Give {expression}.", "Find {expression} exactly.")
    answer_format = "End your reply with the whole number alone on the last line."
    verifier = NumberAnswer()
    floor = 0.05

    def draw(self, rng: KeyedRandom) -> PowerKey:
        """Draw an exponent and a base."""
        exponent = rng.between(2, self.config.max_exponent)
        base = rng.between(2, max(12, self.config.high // (exponent - 1)))
        return PowerKey(base=base, exponent=exponent, is_root=rng.below(3) == 0)

    def build(self, key: PowerKey, rng: KeyedRandom) -> Content:
        """Ask for the power or for the root."""
        power = key.base**key.exponent
        root = f"the {_NAMES.get(key.exponent, f'{key.exponent}th')} root of {power}"
        return Content(
            slots={"expression": root if key.is_root else f"{key.base}^{key.exponent}"},
            reference=str(key.base if key.is_root else power),
            effort=power.bit_length(),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A base, or a power of one."""
        return str(rng.between(2, self.config.high) ** rng.choice((1, self.config.max_exponent)))
