"""What a run left in its folder; whatever is missing or broken is left out, with a remark."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from palestra.envs import Scalar
from palestra.trainer.metrics import (
    AlarmMetrics,
    EvalMetrics,
    EventMetrics,
    FloorMetrics,
    LessonMetrics,
    Metrics,
    RateMetrics,
    StepMetrics,
    WorkerMetrics,
    from_line,
)

_Row = TypeVar("_Row", bound=Metrics)
_MOST_LISTED = 4
_MOST_PARTS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class RunFolder:
    """The contents of a run folder."""

    name: str
    config_text: str
    steps: tuple[StepMetrics, ...]
    lessons: tuple[LessonMetrics, ...]
    evaluations: tuple[EvalMetrics, ...]
    events: tuple[EventMetrics, ...]
    rates: tuple[RateMetrics, ...]
    alarms: tuple[AlarmMetrics, ...]
    workers: tuple[WorkerMetrics, ...]
    floors: tuple[FloorMetrics, ...]
    summary: dict[str, Scalar]
    """Numbers and texts, nested ones under names with dots."""
    remarks: tuple[str, ...]
    """What could not be read, a sentence each."""

    @classmethod
    def read(cls, folder: Path) -> RunFolder:
        """The contents of a folder, as far as they can be read."""
        remarks: list[str] = []
        rows = _read_metrics(folder / "metrics.jsonl", remarks)

        def all_of(kind: type[_Row]) -> tuple[_Row, ...]:
            return tuple(row for row in rows if isinstance(row, kind))

        return cls(
            name=folder.resolve().name,
            config_text=_read_text(folder / "config.toml") or _read_text(folder / "config.json"),
            steps=all_of(StepMetrics),
            lessons=all_of(LessonMetrics),
            evaluations=all_of(EvalMetrics),
            events=all_of(EventMetrics),
            rates=all_of(RateMetrics),
            alarms=all_of(AlarmMetrics),
            workers=all_of(WorkerMetrics),
            floors=all_of(FloorMetrics),
            summary=_read_summary(folder / "summary.json", remarks),
            remarks=tuple(remarks),
        )

    @property
    def last_step(self) -> int:
        """The last step that the metrics tell of; 0 before the first."""
        rows: tuple[StepMetrics | LessonMetrics | EvalMetrics, ...] = (*self.steps, *self.lessons, *self.evaluations)
        return max((row.step for row in rows), default=0)


def _read_metrics(path: Path, remarks: list[str]) -> list[Metrics]:
    """All rows that can be read; a last line without its end is being written."""
    rows: list[Metrics] = []
    broken = 0
    try:
        lines = path.read_bytes().splitlines(keepends=True) if path.is_file() else []
    except OSError as error:
        remarks.append(f"metrics.jsonl cannot be read: {error.strerror}")
        lines = []
    for line in lines:
        if line.endswith(b"\n"):
            try:
                rows.append(from_line(line.decode()))
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                broken += 1
    if broken:
        remarks.append(f"metrics.jsonl: {broken} lines are left out, which this version cannot read.")
    return rows


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _read_summary(path: Path, remarks: list[str]) -> dict[str, Scalar]:
    if not path.exists():
        return {}
    try:
        return dict(_flat(json.loads(path.read_text(encoding="utf-8"))))
    except (OSError, ValueError, RecursionError) as error:
        remarks.append(f"{path.name} cannot be read: {error}")
        return {}


def _flat(value: object, name: str = "") -> Iterator[tuple[str, Scalar]]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _flat(below, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list) and 0 < len(value) <= _MOST_LISTED and all(isinstance(x, int | float) for x in value):
        yield name, ", ".join(f"{x:.4g}" for x in value)
    elif isinstance(value, list) and len(value) <= _MOST_PARTS and all(isinstance(x, dict) for x in value):
        for number, below in enumerate(value, start=1):
            known = next((str(below[key]) for key in ("id", "name", "env") if key in below), str(number))
            label = known if len(value) > 1 else ""
            yield from _flat(below, ".".join(filter(None, (name, label))))
    elif isinstance(value, str | int | float) and name:
        yield name, value if not isinstance(value, float) or math.isfinite(value) else str(value)
