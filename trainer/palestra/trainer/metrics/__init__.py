"""Numbers of a run, one line of JSON each, and how a person sees them go by."""

from palestra.trainer.metrics.lines import Metrics, from_line, to_line
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

__all__ = [
    "AlarmMetrics",
    "EvalMetrics",
    "EventMetrics",
    "FloorMetrics",
    "LessonMetrics",
    "Metrics",
    "RateMetrics",
    "StepMetrics",
    "WorkerMetrics",
    "from_line",
    "to_line",
]
