"""The numbers of a row of metrics, by name."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping

from palestra.trainer.metrics import EventMetrics, Metrics

_BOUNDS = ("low", "high")


def series_of(metrics: Metrics) -> str:
    """The series that a row belongs to: `step`, `eval/heldout`, `rates/short`, ..."""
    own = getattr(metrics, "name", getattr(metrics, "stratum", ""))
    return "/".join(filter(None, (metrics.kind, own)))


def scalars(metrics: Metrics) -> dict[str, float]:
    """Every finite number of a row: `step/reward_mean`, `eval/heldout/pass_at_8`, `eval/heldout/ci95_low`, ..."""
    values = metrics.values if isinstance(metrics, EventMetrics) else dataclasses.asdict(metrics)
    prefix = series_of(metrics)
    return {
        f"{prefix}/{name}": float(value)
        for key, entry in values.items()
        if key != "step"
        for name, value in _numbers(key, entry)
        if math.isfinite(value)
    }


def _numbers(name: str, value: object) -> Iterator[tuple[str, int | float]]:
    if isinstance(value, int | float):
        yield name, value
    elif isinstance(value, tuple):  # the bounds of an interval, behind its middle where there is one
        middle, bounds = value[:-2], value[-2:]
        yield from zip([name] * len(middle), middle, strict=True)
        yield from ((f"{name}_{end}", bound) for end, bound in zip(_BOUNDS, bounds, strict=True))
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _numbers(f"{name}_{key}" if isinstance(key, int) else f"{name}/{key}", entry)
