"""The file of a run's metrics, which survives a kill at any moment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from palestra.trainer.errors import MetricsError
from palestra.trainer.metrics import Metrics, from_line, to_line
from palestra.trainer.run_folder.run_paths import replace_text
from palestra.trainer.run_folder.storage import storing


class MetricsLog:
    """Appends rows to `metrics.jsonl`.

    A row is one write of one whole line, flushed to the disk, so a kill leaves at most one broken line,
    at the end; opening the log again cuts it off.
    """

    def __init__(self, path: Path, *, after_step: int | None = None) -> None:
        """Open or create the log.

        Args:
            path: The file.
            after_step: Forget all rows of later steps: those that a resumed run will make again.

        Raises:
            MetricsError: A line is no row of this version.
            RunFolderError: The file cannot be written.
        """
        self._path = path
        with storing(path):
            if path.exists():
                kept = (row for row in read_metrics(path) if after_step is None or row.step <= after_step)
                replace_text(path, (to_line(row) + "\n" for row in kept))
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

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


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
