"""What a tracker needs to know of a run, and what it remembers between two sittings of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from palestra.trainer.metrics import Metrics
from palestra.trainer.run_folder.run_paths import RunPaths, replace_text
from palestra.trainer.trackers.scalars import series_of

Place = tuple[int, int]
"""Of a row in its series: the step, and its number among the rows of that step, from 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackedRun:
    """A run as trackers see it."""

    paths: RunPaths
    config: Mapping[str, Any]
    """All settings, as in the run's config.toml."""

    @property
    def name(self) -> str:
        """The name of the run's folder."""
        return self.paths.folder.resolve().name


@dataclass(kw_only=True, slots=True)
class Told:
    """What a tracker was told of a run: a file, so that a run that goes on tells nothing twice and leaves no gap."""

    path: Path
    run_id: str = ""
    """By which the tracker knows the run; empty before the first sitting."""
    places: dict[str, Place] = field(default_factory=dict)
    """Of the last row that was told, by series."""

    @classmethod
    def read(cls, path: Path) -> Told:
        """What the file says; nothing was told where there is none that can be read."""
        try:
            row = json.loads(path.read_text(encoding="utf-8"))
            places = {str(series): (int(step), int(number)) for series, (step, number) in row["places"].items()}
            return cls(path=path, run_id=str(row["run_id"]), places=places)
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return cls(path=path)

    def save(self) -> None:
        """Write the file.

        Raises:
            RunFolderError: The disk is full or not writable.
        """
        replace_text(self.path, [json.dumps({"run_id": self.run_id, "places": self.places})])


class Places:
    """Counts the rows of a file from its beginning."""

    def __init__(self) -> None:
        self._last: dict[str, Place] = {}

    def of(self, rows: Iterable[Metrics]) -> Iterator[tuple[Metrics, str, Place]]:
        """Rows with their series and places."""
        for row in rows:
            series = series_of(row)
            step, number = self._last.get(series, (-1, 0))
            self._last[series] = (row.step, number + 1 if row.step == step else 1)
            yield row, series, self._last[series]
