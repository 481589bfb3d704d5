"""Products of whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

from palestra.envs.answers import NumberAnswer
from palestra.envs.config import FamilyConfig, stages
from palestra.envs.errors import ConfigError
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductsConfig(FamilyConfig):
    """Which products are asked."""

    num_factors: int = stages(2, 2, 2, 2, 2, 2, 3, 3, 3, 4, choices=tuple(range(2, 11)))
    """How many factors, 2..10."""
    high: int = stages(20, 40, 99, 300, 999, 9_999, 999, 9_999, 99_999, 99_999, choices=())
    """Largest factor; the smallest is 2."""

    def check(self) -> None:
        """Factors are of a size that can be written."""
        if not 3 <= self.high <= 10**12:
            raise ConfigError(f"`high` must lie in 3..10**12, got {self.high}\n\nhint: it is the largest factor")


class Products(Question[ProductsConfig, tuple[int, ...]]):
    """Products such as `34 * 27`; the key has the factors."""

    id: ClassVar[str] = "palestra/Products-v1"
    Config: ClassVar[type[ProductsConfig]] = ProductsConfig
    templates = ("What is {product}?", "Calculate {product}.", "{product} = ?", "Multiply out {product}.")
    answer_format = "End your reply with the number alone on the last line."
    verifier = NumberAnswer()

    def draw(self, rng: KeyedRandom) -> tuple[int, ...]:
        """Draw the factors."""
        return tuple(rng.between(2, self.config.high) for _ in range(self.config.num_factors))

    def canonical(self, key: tuple[int, ...]) -> str:
        """The factors in order of size."""
        return " ".join(map(str, sorted(key)))

    def build(self, key: tuple[int, ...], rng: KeyedRandom) -> Content:
        """Ask for the product."""
        return Content(
            slots={"product": " * ".join(map(str, key))},
            reference=str(prod(key)),
            effort=prod(len(str(factor)) for factor in key),
            meta={"num_factors": len(key)},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A number of a size that the product may have."""
        return str(prod(rng.between(2, self.config.high) for _ in range(self.config.num_factors)))
