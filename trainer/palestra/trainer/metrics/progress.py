"""What a person sees while a model trains: a progress bar in a terminal, one line per step elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

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
)


class TrainingProgress:
    """Shows the rows of a run on standard error, so that standard output stays for data."""

    def __init__(self, *, steps: int, max_seconds: float | None = None, file: TextIO | None = None) -> None:
        """Show nothing yet.

        Args:
            steps: Steps of the run.
            max_seconds: Training time that ends the run earlier.
            file: Where to write; standard error by default.
        """
        self._steps = steps
        self._max_seconds = max_seconds
        self._console = Console(file=file if file is not None else sys.stderr, highlight=False, soft_wrap=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[numbers]}"),
            TimeElapsedColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("training", total=1.0, numbers="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def show(self, metrics: Metrics) -> None:
        """Show a row when it is written."""
        if isinstance(metrics, EvalMetrics):
            self.say(evaluation_line(metrics))
            return
        if isinstance(metrics, RateMetrics | FloorMetrics | WorkerMetrics):
            return
        if isinstance(metrics, EventMetrics | AlarmMetrics):
            self.say(f"step {metrics.step}: {metrics.text}")
            return
        share = self.share_done(metrics)
        seconds_left = self._seconds_left(metrics, share)
        if isinstance(metrics, LessonMetrics):
            numbers = lesson_line(metrics, steps=self._steps, seconds_left=seconds_left)
        else:
            numbers = step_line(metrics, steps=self._steps, seconds_left=seconds_left)
        if self._console.is_terminal:
            self._bar.update(self._task, completed=share, numbers=escape(numbers))
        else:
            self.say(numbers)

    def say(self, text: str) -> None:
        """Print a line, above the bar where there is one."""
        self._console.print(escape(text))

    def share_done(self, metrics: StepMetrics | LessonMetrics) -> float:
        """How much of the run is done: by steps or by time, whichever ends it first."""
        by_steps = metrics.step / self._steps
        by_time = metrics.train_seconds / self._max_seconds if self._max_seconds else 0.0
        return min(max(by_steps, by_time), 1.0)

    @staticmethod
    def _seconds_left(metrics: StepMetrics | LessonMetrics, share: float) -> float:
        return metrics.train_seconds * (1.0 - share) / share if share else 0.0


def step_line(metrics: StepMetrics, *, steps: int, seconds_left: float) -> str:
    """A training step in one line."""
    masked = f"  masked {metrics.masked_samples}" if metrics.masked_samples else ""
    return (
        f"step {metrics.step}/{steps}  reward {metrics.reward_mean:.3f}  "
        f"{metrics.response_tokens_mean:.0f} tokens each  {metrics.tokens_per_second:.0f} tokens/s{masked}  "
        f"{duration(seconds_left)} left"
    )


def lesson_line(metrics: LessonMetrics, *, steps: int, seconds_left: float) -> str:
    """A step of supervised learning in one line."""
    return (
        f"step {metrics.step}/{steps}  {metrics.demonstrations} demonstrations (epoch {metrics.epoch:.1f})  "
        f"{metrics.surprise:.3f} nats per token  {duration(seconds_left)} left"
    )


def evaluation_line(metrics: EvalMetrics) -> str:
    """An evaluation in one line."""
    low, high = metrics.ci95
    invalid = f", {metrics.invalid} without a verdict" if metrics.invalid else ""
    return (
        f"{metrics.name} after {metrics.step} steps: {metrics.mean:.3f} [{low:.3f}, {high:.3f}] "
        f"on {metrics.tasks} tasks{invalid} ({duration(metrics.seconds)})"
    )


def duration(seconds: float) -> str:
    """Seconds for people: `45 s`, `3 min 20 s`, `2 h 05 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole // 60 % 60:02d} min"
