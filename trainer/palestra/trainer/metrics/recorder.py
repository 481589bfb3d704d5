"""What a run tells: rows for the file and the screen, and sentences for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from palestra.trainer.metrics import Metrics
from palestra.trainer.metrics.metrics_log import MetricsLog
from palestra.trainer.metrics.progress import TrainingProgress


class Recorder(Protocol):
    """Takes what a run has to tell."""

    def record(self, metrics: Metrics) -> None:
        """Take a row of metrics."""
        ...

    def say(self, text: str) -> None:
        """Take a sentence for whoever is watching."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRecorder:
    """Writes rows to the run's file and shows everything on the terminal."""

    log: MetricsLog
    progress: TrainingProgress

    def record(self, metrics: Metrics) -> None:
        """Write a row, and show it when it is on the disk."""
        self.log.append(metrics)
        self.progress.show(metrics)

    def say(self, text: str) -> None:
        """Show a sentence."""
        self.progress.say(text)
