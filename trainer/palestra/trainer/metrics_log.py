"""The file of a run's metrics, which survives a kill at any moment, and mirrors of it."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from palestra.trainer.errors import MetricsError
from palestra.trainer.metrics import EvalMetrics, EventMetrics, Metrics, from_line, to_line
from palestra.trainer.storage import storing


class MetricsMirror(Protocol):
    """Where metrics go besides the file."""

    def append(self, metrics: Metrics) -> None:
        """Take one row."""
        ...

    def close(self) -> None:
        """Write what is held back."""
        ...


class MetricsLog:
    """Appends rows to `metrics.jsonl`.

    A row is one write of one whole line, flushed to the disk, so a kill leaves at most one broken line,
    at the end; opening the log again cuts it off.
    """

    def __init__(self, path: Path, *, after_step: int | None = None, mirror: MetricsMirror | None = None) -> None:
        """Open or create the log.

        Args:
            path: The file.
            after_step: Forget all rows of later steps: those that a resumed run will make again.
            mirror: Gets every appended row too.

        Raises:
            MetricsError: A line is no row of this version.
            RunFolderError: The file cannot be written.
        """
        self._mirror, self._path = mirror, path
        with storing(path):
            if path.exists():
                _keep(path, lambda row: after_step is None or row.step <= after_step)
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def append(self, metrics: Metrics) -> None:
        """Write one row; it is on the disk when this returns.

        Raises:
            RunFolderError: The disk is full or not writable; a part of the row may be there, which is cut off later.
        """
        line = memoryview((to_line(metrics) + "\n").encode())
        with storing(self._path):
            while line:  # a full disk or a signal may cut a write short
                line = line[os.write(self._descriptor, line) :]
            os.fsync(self._descriptor)
        if self._mirror is not None:
            self._mirror.append(metrics)

    def close(self) -> None:
        """Close the file and the mirror."""
        os.close(self._descriptor)
        if self._mirror is not None:
            self._mirror.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class TensorBoardMirror:
    """Writes every number as a TensorBoard scalar: `step/reward_mean`, `eval/heldout/mean`, ..."""

    def __init__(self, folder: Path) -> None:
        from torch.utils.tensorboard import SummaryWriter  # slow to import, and an extra

        self._writer = SummaryWriter(str(folder))

    def append(self, metrics: Metrics) -> None:
        """Take one row."""
        prefix = "/".join(filter(None, (metrics.kind, getattr(metrics, "name", getattr(metrics, "stratum", "")))))
        values = metrics.values if isinstance(metrics, EventMetrics) else dataclasses.asdict(metrics)
        for name, value in values.items():
            if isinstance(value, int | float) and name != "step":
                self._writer.add_scalar(f"{prefix}/{name}", value, metrics.step)
        if isinstance(metrics, EvalMetrics):
            for k, value in metrics.pass_at.items():
                self._writer.add_scalar(f"{prefix}/pass_at_{k}", value, metrics.step)

    def close(self) -> None:
        """Write what is held back."""
        self._writer.close()


def read_metrics(path: Path) -> Iterator[Metrics]:
    """The rows of a log, in order; a broken last line, which a kill leaves behind, is passed over.

    Raises:
        MetricsError: A line is no row of this version.
    """
    for number, line in enumerate(path.read_bytes().splitlines(keepends=True), start=1):
        if line.endswith(b"\n"):
            try:
                yield from_line(line.decode())
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise MetricsError(f"line {number} of `{path}` is no metrics row: {line[:80]!r} ({error})") from error


def _keep(path: Path, wanted: Callable[[Metrics], bool]) -> None:
    kept = "".join(to_line(row) + "\n" for row in read_metrics(path) if wanted(row))
    fresh = path.with_name(path.name + ".new")
    try:
        with fresh.open("w", encoding="utf-8") as file:
            file.write(kept)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
