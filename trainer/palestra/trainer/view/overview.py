"""What the first page says of a run: results, stages, alarms, curves, configuration."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from palestra.trainer.metrics import EvalMetrics, LessonMetrics, StepMetrics
from palestra.trainer.view.charts import Chart, charts_of
from palestra.trainer.view.entries import Json
from palestra.trainer.view.run_folder import RunFolder
from palestra.trainer.view.volume import short

_METHOD = (
    *("mode", "reward", "noise", "shaping", "selection", "advantage", "reweighting", "credit", "critic"),
    *("loss", "aggregation", "kl", "entropy"),
)
"""Sections of a configuration whose kinds say what the method is, in the order of a step."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Headline:
    """An evaluation before and after training."""

    name: str
    before: EvalMetrics
    after: EvalMetrics

    @property
    def gain(self) -> float:
        """Difference of the means."""
        return self.after.mean - self.before.mean


@dataclass(frozen=True, kw_only=True, slots=True)
class StageSpan:
    """The steps of a stage, as far as there are metrics of them."""

    name: str
    first: int
    last: int


def headlines(evaluations: Sequence[EvalMetrics]) -> list[Headline]:
    """First and last result of each evaluation, in the order in which they first appear."""
    by_name: dict[str, list[EvalMetrics]] = {}
    for row in evaluations:
        by_name.setdefault(row.name, []).append(row)
    return [
        Headline(name=name, before=min(rows, key=lambda row: row.step), after=max(rows, key=lambda row: row.step))
        for name, rows in by_name.items()
    ]


def stage_spans(run: RunFolder) -> list[StageSpan]:
    """The stages of a run, in order; none for a run without stages."""
    steps: dict[str, list[int]] = {}
    rows: tuple[StepMetrics | LessonMetrics, ...] = (*run.steps, *run.lessons)
    for row in sorted(rows, key=lambda row: row.step):
        if row.stage:
            steps.setdefault(row.stage, []).append(row.step)
    return [StageSpan(name=name, first=min(found), last=max(found)) for name, found in steps.items()]


def method_of(config_text: str) -> str:
    """The kinds of the parts of a run in the order of a step; empty where the configuration does not say."""
    try:
        config = tomllib.loads(config_text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return ""
    return " -> ".join(f"{name} {kind}" for name in _METHOD for kind in _kinds(config.get(name)))


def overview_json(run: RunFolder) -> dict[str, Json]:
    """The overview as the page wants it."""
    names = list(dict.fromkeys(row.name for row in run.evaluations if not row.name.endswith("-brief")))
    found = {(row.name, row.step): row for row in run.evaluations}
    stages: list[Json] = [
        {
            "name": span.name,
            "first": span.first,
            "last": span.last,
            "results": [short(row.mean) if (row := found.get((name, span.last))) else None for name in names],
        }
        for span in stage_spans(run)
    ]
    return {
        "step": run.last_step,
        "method": method_of(run.config_text),
        "headlines": [_headline(each) for each in headlines(run.evaluations)],
        "evaluations": list(names),
        "stages": stages,
        "alarms": [{"step": row.step, "name": row.name, "text": row.text} for row in run.alarms],
        "events": [{"step": row.step, "name": row.name, "text": row.text} for row in run.events],
        "charts": [_chart(chart) for chart in charts_of(run)],
        "summary": [[name, value] for name, value in run.summary.items()],
        "config": run.config_text,
        "remarks": list(run.remarks),
    }


def _kinds(section: object) -> Iterator[str]:
    match section:
        case {"kind": str(kind)}:
            yield kind
        case str(kind) if kind != "none":
            yield kind
        case [*items]:
            for item in items:
                yield from _kinds(item)


def _headline(headline: Headline) -> Json:
    return {
        "name": headline.name,
        "gain": short(headline.gain),
        "before": _result(headline.before),
        "after": _result(headline.after),
    }


def _result(row: EvalMetrics) -> Json:
    best = max(row.pass_at, default=1)
    return {
        "step": row.step,
        "mean": short(row.mean),
        "low": short(row.ci95[0]),
        "high": short(row.ci95[1]),
        "tasks": row.tasks,
        "samples": row.samples,
        "k": best,
        "pass": short(row.pass_at.get(best)),
    }


def _chart(chart: Chart) -> Json:
    lines: list[Json] = [
        {
            "label": line.label,
            "x": [point.x for point in line.points],
            "y": [short(point.y) for point in line.points],
            "low": [short(point.low) for point in line.points] if line.points[0].low is not None else None,
            "high": [short(point.high) for point in line.points] if line.points[0].low is not None else None,
        }
        for line in chart.lines
    ]
    return {"topic": str(chart.topic), "title": chart.title, "caption": chart.caption, "lines": lines}
