"""Curves of verdicts' errors, and of what pays against what is strict."""

from __future__ import annotations

from collections.abc import Sequence

from palestra.trainer.metrics import RateMetrics, StepMetrics
from palestra.trainer.report.curves import Curve, Point, Series


def noise_curves(steps: Sequence[StepMetrics], rates: Sequence[RateMetrics]) -> list[Curve]:
    """The charts that have something to show."""
    strata = list(dict.fromkeys(row.stratum for row in rates))

    def bands(name: str) -> tuple[Series, ...]:
        return tuple(
            Series(
                label=stratum or "all",
                points=tuple(Point(row.step, *getattr(row, name)) for row in rates if row.stratum == stratum),
            )
            for stratum in strata
        )

    compared = [row for row in steps if row.observed_mean is not None and row.strict_mean is not None]
    found = [
        Curve(title="False positives", caption="P(accepted | wrong) by audit, 95% interval", series=bands("fpr")),
        Curve(title="False negatives", caption="P(rejected | right) by audit, 95% interval", series=bands("fnr")),
        Curve(
            title="What pays and what is right",
            caption="mean verdict that pays, and share of right samples by the strict one",
            series=(
                Series(label="paid", points=tuple(Point(row.step, row.observed_mean or 0.0) for row in compared)),
                Series(label="right", points=tuple(Point(row.step, row.strict_mean or 0.0) for row in compared)),
            ),
        ),
    ]
    return [curve for curve in found if not curve.is_empty]
