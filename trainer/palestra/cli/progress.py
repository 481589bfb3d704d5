"""A bar on the terminal that shows how much is done."""

from __future__ import annotations

import os
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress


_PATIENCE_S = 0.5
"""What is done by then needs no bar."""


class ProgressBar:
    """A bar on standard error; nothing where that is no terminal."""

    def __init__(self, total: int | None, *, is_wanted: bool = True) -> None:
        is_dumb = os.environ.get("TERM", "").lower() in ("dumb", "unknown")
        self._is_wanted = is_wanted and sys.stderr.isatty() and not is_dumb
        self._total = total
        self._bar: Progress | None = None
        self._start_s = time.monotonic() + _PATIENCE_S

    def __enter__(self) -> ProgressBar:
        return self

    def update(self, done: int, description: str) -> None:
        """Show how far it got, in the units of the total, and in words."""
        if not self._is_wanted or time.monotonic() < self._start_s:
            return
        if self._bar is None:
            self._bar = self._start()
        self._bar.update(self._bar.task_ids[0], completed=done, description=description)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def _start(self) -> Progress:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        bar.add_task("", total=self._total)
        bar.start()
        return bar
