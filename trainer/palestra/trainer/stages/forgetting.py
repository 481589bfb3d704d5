"""Whether later stages cost what earlier ones taught."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from palestra.trainer.metrics import EvalMetrics


class OnDrop(StrEnum):
    """What becomes of a run that forgot."""

    WARN = "warn"
    """It says so and goes on."""
    FAIL = "fail"
    """It ends with an error; the checkpoints before the drop stay."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ForgettingCheck:
    """After each stage, all evaluations of earlier stages run again, and none may be worse by more than a tolerance.

    Source: the schedule of "Nemotron-Cascade", arXiv:2512.13607, whose later stages rarely cost earlier ones; the
        check and its tolerance are ours.
    """

    tolerance: float = 0.05
    """Largest drop of a mean reward since the end of the stage that it belongs to."""
    on_drop: OnDrop = OnDrop.WARN
    """warn or fail."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.tolerance <= 1.0:
            raise ValueError(f"tolerance must be in [0, 1], got {self.tolerance}")

    def drops(self, then: Sequence[EvalMetrics], now: Sequence[EvalMetrics]) -> list[Drop]:
        """The evaluations, by name, that fell by more than the tolerance; those without a mean say nothing."""
        after = {row.name: row for row in now}
        pairs = [(row, after[row.name]) for row in then if row.name in after]
        return [
            Drop(name=before.name, before=before.mean, after=later.mean)
            for before, later in pairs
            if before.mean - later.mean > self.tolerance + 1e-12
        ]


@dataclass(frozen=True, kw_only=True, slots=True)
class Drop:
    """An evaluation that got worse."""

    name: str
    before: float
    after: float

    def describe(self) -> str:
        """A sentence for people."""
        return f"`{self.name}` fell from {self.before:.3f} to {self.after:.3f}"
