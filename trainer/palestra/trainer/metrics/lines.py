"""Any of the numbers of a run as a line of JSON, and back."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any, get_args

from palestra.trainer.metrics.rows import (
    AlarmMetrics,
    EvalMetrics,
    EventMetrics,
    FloorMetrics,
    LessonMetrics,
    RateMetrics,
    WorkerMetrics,
)
from palestra.trainer.metrics.step import StepMetrics

Metrics = (
    StepMetrics | LessonMetrics | EvalMetrics | EventMetrics | RateMetrics | AlarmMetrics | WorkerMetrics | FloorMetrics
)
_KINDS: dict[str, type[Metrics]] = {kind.kind: kind for kind in get_args(Metrics)}
_TEXTS = ("name", "stage", "state", "text", "stratum", "largest_cost")


def to_line(metrics: Metrics) -> str:
    """One line of JSON; numbers that JSON has no word for are null (NaN) or texts (inf)."""
    row = {"kind": metrics.kind} | dataclasses.asdict(metrics)
    return json.dumps({name: _to_json(value) for name, value in row.items()}, allow_nan=False)


def from_line(line: str) -> Metrics:
    """Read `to_line` back."""
    row: dict[str, Any] = json.loads(line)
    kind = _KINDS[row.pop("kind")]
    optional = {entry.name for entry in dataclasses.fields(kind) if entry.default is None}
    values = {name: _from_json(value) for name, value in row.items() if value is not None or name not in optional}
    values |= {name: row[name] for name in _TEXTS if name in row}  # may be the text "inf"
    if kind is RateMetrics:
        values |= {name: tuple(_from_json(end) for end in ends) for name, ends in row.items() if isinstance(ends, list)}
    if kind is EventMetrics:
        values["values"] = {name: _from_json(value) for name, value in row["values"].items()}
    if kind is EvalMetrics:
        values["ci95"] = tuple(_from_json(bound) for bound in row["ci95"])
        values["pass_at"] = {int(k): _from_json(value) for k, value in row["pass_at"].items()}
        bounds = row.get("pass_ci95", {})
        values["pass_ci95"] = {int(k): (_from_json(low), _from_json(high)) for k, (low, high) in bounds.items()}
    return kind(**values)


def _to_json(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    if isinstance(value, tuple):
        return [_to_json(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _to_json(item) for key, item in value.items()}
    return value


def _from_json(value: Any) -> Any:
    if value is None:
        return math.nan
    return float(value) if value in ("inf", "-inf") else value
