"""A run in trackio: a database on this machine, or in a Space."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass
from typing import Any, ClassVar, TextIO
from uuid import uuid4

from palestra.trainer.metrics import AlarmMetrics, EventMetrics, Metrics
from palestra.trainer.require import require
from palestra.trainer.trackers.scalars import scalars
from palestra.trainer.trackers.tracked_run import Told, TrackedRun
from palestra.trainer.trackers.tracker import SAMPLE_COLUMNS, SampleRow, Tracker


@dataclass(frozen=True, kw_only=True, slots=True)
class Trackio:
    """A run of trackio, named like the run's folder with six letters more; `trackio show` draws it."""

    kind: ClassVar[str] = "trackio"
    package: ClassVar[str] = "trackio"
    extra: ClassVar[str] = "palestra[trackio]"

    project: str = "palestra"
    """Of the run."""
    space: str = ""
    """Space of the Hugging Face Hub that has the database; empty: this machine (TRACKIO_DIR)."""
    group: str = ""
    """With which other runs it is shown together."""
    samples: int = 4
    """Rollouts of each evaluation that are shown as a table; 0: none."""

    def __post_init__(self) -> None:
        require(bool(self.project), "project must have a name")
        require(self.samples >= 0, f"samples must be 0 or more, got {self.samples}")

    def open(self, run: TrackedRun, told: Told) -> Tracker:
        """The run, or the one of before if this one goes on."""
        import trackio

        resumed = bool(told.run_id)
        if not resumed:
            # A name is all that trackio finds a run by, and two folders may have the same.
            told.run_id = f"{run.name}-{uuid4().hex[:6]}"
            told.save()
        aside = ExitStack()
        aside.enter_context(redirect_stdout(_Aside(sys.stdout)))
        with ExitStack() as failing:
            failing.push(aside)
            opened = trackio.init(
                project=self.project,
                name=told.run_id,
                group=self.group or None,
                space_id=self.space or None,
                config=dict(run.config),
                resume="allow" if resumed else "never",
                embed=False,
            )
            failing.pop_all()
        place = (
            f"https://huggingface.co/spaces/{self.space}" if self.space else f"trackio show --project {self.project}"
        )
        return _Opened(opened, trackio, aside, place)


class _Opened:
    def __init__(self, run: Any, trackio: Any, aside: ExitStack, place: str) -> None:
        self._run, self._trackio, self._aside = run, trackio, aside
        self.place = place

    def record(self, metrics: Metrics) -> None:
        if values := scalars(metrics):
            self._run.log(values, step=metrics.step)

    def alert(self, metrics: AlarmMetrics | EventMetrics) -> None:
        level = self._trackio.AlertLevel.WARN if isinstance(metrics, AlarmMetrics) else self._trackio.AlertLevel.INFO
        self._run.alert(title=metrics.name, text=metrics.text, level=level, step=metrics.step)

    def samples(self, name: str, step: int, rows: Sequence[SampleRow]) -> None:
        data = [[getattr(row, column) for column in SAMPLE_COLUMNS] for row in rows]
        table = self._trackio.Table(columns=list(SAMPLE_COLUMNS), data=data)
        self._run.log({f"samples/{name}": table}, step=step)

    def flush(self) -> None:
        """Nothing: a thread of its own writes."""

    def close(self) -> None:
        with self._aside:
            self._run.finish()


class _Aside(io.TextIOBase):
    """Standard output is for data: what this thread prints, and threads that begin later, goes to standard error."""

    def __init__(self, stdout: TextIO) -> None:
        self._stdout = stdout
        self._others = {thread.ident for thread in threading.enumerate()} - {threading.get_ident()}

    def write(self, text: str) -> int:
        return (self._stdout if threading.get_ident() in self._others else sys.stderr).write(text)

    def flush(self) -> None:
        self._stdout.flush()
