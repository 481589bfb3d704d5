"""A run in Weights & Biases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

from palestra.trainer.metrics import AlarmMetrics, EventMetrics, Metrics
from palestra.trainer.require import require
from palestra.trainer.trackers.scalars import scalars
from palestra.trainer.trackers.tracked_run import Told, TrackedRun
from palestra.trainer.trackers.tracker import SAMPLE_COLUMNS, SampleRow, Tracker

_STEP = "training_step"
"""The axis of all numbers. Not the tracker's own count of rows, which takes no step twice, nor one that is resumed."""


class WandbMode(StrEnum):
    """Whether anything leaves the machine."""

    OFFLINE = "offline"
    """Nothing does: files in the run's folder, which `wandb sync` can send later."""
    ONLINE = "online"
    """Everything is sent as it comes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wandb:
    """A run of Weights & Biases, named like the run's folder."""

    kind: ClassVar[str] = "wandb"
    package: ClassVar[str] = "wandb"
    extra: ClassVar[str] = "palestra[wandb]"

    project: str = "palestra"
    """Of the run."""
    mode: WandbMode = WandbMode.OFFLINE
    """offline: files in the run's folder, for `wandb sync`; online: sent as they come, with your `wandb login`."""
    entity: str = ""
    """User or team that the project belongs to; empty: your default."""
    group: str = ""
    """With which other runs it is shown together."""
    samples: int = 4
    """Rollouts of each evaluation that are shown as a table; 0: none."""

    def __post_init__(self) -> None:
        require(bool(self.project), "project must have a name")
        require(self.samples >= 0, f"samples must be 0 or more, got {self.samples}")

    def open(self, run: TrackedRun, told: Told) -> Tracker:
        """The run, or the one of before if this one goes on.

        Raises:
            ValueError: It is to be online, and nobody is logged in.
        """
        import wandb

        if self.mode is WandbMode.ONLINE and not wandb.api.api_key:
            raise ValueError("nobody is logged in: run `wandb login`, or set mode = 'offline'")
        if not told.run_id:
            told.run_id = uuid4().hex[:16]
            told.save()
        folder = run.paths.folder / "trackers"
        opened = wandb.init(
            project=self.project,
            entity=self.entity or None,
            group=self.group or None,
            name=run.name,
            id=told.run_id,
            resume="allow",
            mode="online" if self.mode is WandbMode.ONLINE else "offline",
            dir=str(folder),
            config=dict(run.config),
            # Standard output is for data, and a prompt would wait for somebody for ever.
            settings=wandb.Settings(console="off", silent=True, save_code=False),
        )
        opened.define_metric(_STEP, hidden=True)
        opened.define_metric("*", step_metric=_STEP)
        return _Opened(opened, wandb)


class _Opened:
    def __init__(self, run: Any, wandb: Any) -> None:
        self._run, self._wandb = run, wandb
        self.place = str(run.url or f"wandb sync {Path(run.dir).parent}")

    def record(self, metrics: Metrics) -> None:
        if values := scalars(metrics):
            self._run.log({**values, _STEP: metrics.step})

    def alert(self, metrics: AlarmMetrics | EventMetrics) -> None:
        level = self._wandb.AlertLevel.WARN if isinstance(metrics, AlarmMetrics) else self._wandb.AlertLevel.INFO
        self._run.alert(title=metrics.name, text=f"step {metrics.step}: {metrics.text}", level=level)

    def samples(self, name: str, step: int, rows: Sequence[SampleRow]) -> None:
        data = [[getattr(row, column) for column in SAMPLE_COLUMNS] for row in rows]
        table = self._wandb.Table(columns=list(SAMPLE_COLUMNS), data=data)
        self._run.log({f"samples/{name}": table, _STEP: step})

    def flush(self) -> None:
        """Nothing: a process of its own writes."""

    def close(self) -> None:
        self._run.finish()
