"""Continued fractions of rational numbers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class ContinuedFractionConfig(FamilyConfig):
    """Which fractions are shown."""

    num_terms: int = ramp(2, 9, low=2, high=40)
    """How many partial quotients there are."""
    high: int = ramp(12, 12, low=3, high=1000)
    """Largest partial quotient."""


class ContinuedFraction(Question[ContinuedFractionConfig, tuple[int, ...]]):
    """Questions such as `Expand 43/19`; the key has the partial quotients."""

    id: ClassVar[str] = "palestra/ContinuedFraction-v1"
    Config: ClassVar[type[ContinuedFractionConfig]] = ContinuedFractionConfig
    templates = (
        "Write {fraction} as a simple continued fraction a0 + 1/(a1 + 1/(a2 + ...)).",
        "Find the partial quotients of the simple continued fraction a0 + 1/(a1 + 1/(a2 + ...)) of {fraction}.",
        "Expand {fraction} into a0 + 1/(a1 + 1/(a2 + ...)) with whole numbers.",
        "For {fraction} = a0 + 1/(a1 + 1/(a2 + ...)), find all the positive integers a0, a1, a2, ...",
    )
    answer_format = (
        "The last quotient must be greater than one. "
        "End your reply with all quotients in order, separated by commas, on the last line."
    )
    verifier = IntegersAnswer()
    floor = 0.05

    def draw(self, rng: KeyedRandom) -> tuple[int, ...]:
        """Draw the partial quotients."""
        config = self.config
        return (*(rng.between(1, config.high) for _ in range(config.num_terms - 1)), rng.between(2, config.high))

    def build(self, key: tuple[int, ...], rng: KeyedRandom) -> Content:
        """Ask for the quotients of their fraction."""
        p, q = key[-1], 1
        for quotient in reversed(key[:-1]):
            p, q = quotient * p + q, p
        return Content(
            slots={"fraction": f"{p}/{q}"},
            reference=json.dumps(key),
            effort=len(key),
            meta={"num_digits": len(str(p))},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Other quotients."""
        return ", ".join(map(str, self.draw(rng)))
