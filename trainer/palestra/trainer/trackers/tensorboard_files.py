"""A run in files of TensorBoard: `tensorboard --logdir RUN/tensorboard`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.trainer.metrics import AlarmMetrics, EventMetrics, Metrics
from palestra.trainer.require import require
from palestra.trainer.trackers.scalars import scalars, series_of
from palestra.trainer.trackers.tracked_run import Told, TrackedRun
from palestra.trainer.trackers.tracker import SampleRow, Tracker


@dataclass(frozen=True, kw_only=True, slots=True)
class TensorBoard:
    """Files in the run's folder `tensorboard`."""

    kind: ClassVar[str] = "tensorboard"
    package: ClassVar[str] = "tensorboard"
    extra: ClassVar[str] = "palestra[train]"

    samples: int = 4
    """Rollouts of each evaluation that are shown; 0: none."""

    def __post_init__(self) -> None:
        require(self.samples >= 0, f"samples must be 0 or more, got {self.samples}")

    def open(self, run: TrackedRun, told: Told) -> Tracker:
        """Files beside those that are there."""
        writer = _Files(run)
        if not told.run_id:
            writer.show_config(run)
            told.run_id = run.name
            told.save()
        return writer


class _Files:
    def __init__(self, run: TrackedRun) -> None:
        from torch.utils.tensorboard import SummaryWriter  # slow to import, and an extra

        self.place = f"tensorboard --logdir {run.paths.folder / 'tensorboard'}"
        self._writer = SummaryWriter(str(run.paths.folder / "tensorboard"))

    def show_config(self, run: TrackedRun) -> None:
        self._writer.add_text("config", _block(run.paths.config.read_text(encoding="utf-8")), 0)

    def record(self, metrics: Metrics) -> None:
        for name, value in scalars(metrics).items():
            self._writer.add_scalar(name, value, metrics.step)

    def alert(self, metrics: AlarmMetrics | EventMetrics) -> None:
        self._writer.add_text(series_of(metrics), _block(metrics.text), metrics.step)

    def samples(self, name: str, step: int, rows: Sequence[SampleRow]) -> None:
        texts = ["\n\n".join([_heading(row), *map(_block, (row.prompt, row.response, row.detail))]) for row in rows]
        self._writer.add_text(f"samples/{name}", "\n\n---\n\n".join(texts), step)

    def flush(self) -> None:
        self._writer.flush()

    def close(self) -> None:
        self._writer.close()


def _heading(row: SampleRow) -> str:
    score = "" if row.score is None else f" {row.score:g}"
    return f"**{row.outcome}**{score} `{row.task}`"


def _block(text: str) -> str:
    """The text as a block of code of Markdown: shown as it is."""
    return "\n".join(f"    {line}" for line in text.splitlines())
