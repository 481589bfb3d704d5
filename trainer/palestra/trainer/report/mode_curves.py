"""What the report shows of a run whose steps overlap."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from palestra.trainer.metrics import StepMetrics
from palestra.trainer.report.curves import Curve, Point, Series

_Value = Callable[[StepMetrics], float | None]


def mode_curves(steps: Sequence[StepMetrics]) -> list[Curve]:
    """Age of tokens, what it does, and how busy both sides were; without curves of age where nothing was old."""
    curves = [
        _curve(
            "Idle and overlap",
            "seconds of a step",
            steps,
            {
                "generator idle": lambda row: row.generator_idle_s,
                "learner idle": lambda row: row.learner_idle_s,
                "both at work": lambda row: row.overlap_s,
            },
        )
    ]
    if any(row.stale_share for row in steps):
        curves += [
            _curve(
                "Age of tokens",
                "versions behind the learner",
                steps,
                {"mean": lambda row: row.staleness_mean, "max": lambda row: row.staleness_max},
            ),
            _curve(
                "KL(behaviour || learner) by age",
                "nats per token",
                steps,
                {"own version": lambda row: row.kl_fresh, "older": lambda row: row.kl_stale},
            ),
            _curve(
                "Effective sample size",
                "share of the tokens",
                steps,
                {"share": lambda row: row.effective_share},
            ),
        ]
    return curves


def _curve(title: str, caption: str, steps: Sequence[StepMetrics], values: dict[str, _Value]) -> Curve:
    series = tuple(
        Series(
            label=label,
            points=tuple(Point(row.step, float(y)) for row in steps if (y := value(row)) is not None),
        )
        for label, value in values.items()
    )
    return Curve(title=title, caption=caption, series=series)
