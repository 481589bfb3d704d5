"""What alarms look at: how a run began, and its last steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Protocol

from palestra.trainer.metrics import RateMetrics, StepMetrics


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """The rows of a run that alarms are decided by."""

    first: Sequence[StepMetrics]
    """The run's first steps."""
    last: Sequence[StepMetrics]
    """Its last steps, oldest first."""
    rates: Sequence[Mapping[str, RateMetrics]] = ()
    """By stratum, after each of the last steps that had estimates."""


class Alarm(Protocol):
    """Looks at a history and says what is wrong."""

    @property
    def kind(self) -> str:
        """Its name."""
        ...

    @property
    def window(self) -> int:
        """Steps that it looks back."""
        ...

    def __call__(self, history: History) -> str | None:
        """A sentence while something is wrong; None while nothing is, or too little is known."""
        ...


Number = Callable[[StepMetrics], float | None]


def mean_of(rows: Sequence[StepMetrics], number: Number, count: int) -> float | None:
    """The mean of the rows' numbers; None with fewer than `count` rows that have one."""
    values = [value for row in rows if (value := number(row)) is not None and math.isfinite(value)]
    return fmean(values) if len(values) >= count else None


def then_and_now(history: History, number: Number, window: int) -> tuple[float, float] | None:
    """The means of a number over the first and over the last `window` steps; None while these overlap."""
    if len(history.last) < window or history.last[-window].step <= history.first[:window][-1].step:
        return None
    then, now = (mean_of(rows, number, window) for rows in (history.first[:window], history.last[-window:]))
    return None if then is None or now is None else (then, now)
