"""Tables that follow a rule modulo a number: find the missing values, which the others decide."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.errors import ConfigError
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class ModuloGridConfig(FamilyConfig):
    """Which tables are completed."""

    size: int = ramp(4, 8, low=3, high=12)
    """Height and width."""
    modulus: int = ramp(7, 31, low=2, high=99)
    """By what number the remainder is taken."""
    num_missing: int = ramp(3, 24, low=1, high=60)
    """How many values are missing."""
    has_product: bool = stages(False, False, True, True, choices=(False, True))
    """Whether the rule has a term with row times column."""

    def check(self) -> None:
        """Most values are shown."""
        most = self.size**2 // 2
        if self.num_missing > most:
            raise ConfigError(f"`num_missing` must be at most {most}, got {self.num_missing}\n\nhint: raise `size`")


@dataclass(frozen=True, kw_only=True, slots=True)
class ModuloGridKey:
    """The factors of row, column, row times column, and 1; and which cells are missing, in order."""

    factors: tuple[int, int, int, int]
    missing: tuple[int, ...]


class ModuloGrid(Question[ModuloGridConfig, ModuloGridKey]):
    """Tables in which a complete square of two by two values is shown, which decides the rule."""

    id: ClassVar[str] = "palestra/ModuloGrid-v1"
    Config: ClassVar[type[ModuloGridConfig]] = ModuloGridConfig
    floor = 0.05
    templates = (
        "{table}\nEach value is {rule} modulo {modulus}, with the same whole numbers {factors} everywhere. "
        "Find the values at the question marks.",
        "This table was made by the rule ({rule}) mod {modulus}, for some whole numbers {factors}.\n{table}\n"
        "Which values are hidden behind ?",
        "{table}\nSome values are lost (?). The value in a row and a column is the remainder of {rule} when it is "
        "divided by {modulus}; {factors} are unknown whole numbers. Restore the lost values.",
    )
    answer_format = (
        "The last line of your reply must be the missing values in reading order "
        "(row by row, from left to right), separated by commas."
    )
    verifier = IntegersAnswer()

    def draw(self, rng: KeyedRandom) -> ModuloGridKey:
        """A rule that changes from row to row and from column to column, and missing cells."""
        config = self.config
        row, column = (rng.between(1, config.modulus - 1) for _ in range(2))
        product = rng.between(1, config.modulus - 1) if config.has_product else 0
        missing: dict[int, None] = {}
        while len(missing) < config.num_missing:
            missing[rng.below(config.size**2)] = None
        return ModuloGridKey(factors=(row, column, product, rng.below(config.modulus)), missing=tuple(sorted(missing)))

    def canonical(self, key: ModuloGridKey) -> str:
        """The table."""
        return f"{self.config.size} {self.config.modulus} {key.factors} {key.missing}"

    def build(self, key: ModuloGridKey, rng: KeyedRandom) -> Content | None:
        """Show the table; None where no square of two by two shown values decides the rule."""
        n, m = self.config.size, self.config.modulus
        a, b, e, d = key.factors
        values = [(a * r + b * c + e * r * c + d) % m for r in range(1, n + 1) for c in range(1, n + 1)]
        hidden = set(key.missing)
        squares = ({i, i + 1, i + n, i + n + 1} for i in range(n * (n - 1)) if (i + 1) % n)
        if all(square & hidden for square in squares):
            return None
        cells = ["?" if i in hidden else str(value) for i, value in enumerate(values)]
        has_product = self.config.has_product
        return Content(
            slots={
                "table": "\n".join(" ".join(cells[i : i + n]) for i in range(0, n * n, n)),
                "rule": f"a * row + b * column{' + e * row * column' if has_product else ''} + d",
                "modulus": str(m),
                "factors": "a, b, e and d" if has_product else "a, b and d",
            },
            reference=json.dumps([values[i] for i in key.missing]),
            effort=n * n + len(key.missing),
            meta={"size": n, "modulus": m, "num_missing": len(key.missing)},
        )

    def oracle(self, task: Task) -> str:
        """The missing values."""
        return task.reference.strip("[]")

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Random remainders."""
        return ", ".join(str(rng.below(self.config.modulus)) for _ in range(self.config.num_missing))
