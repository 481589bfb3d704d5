"""The report of a run: the page of `palestra view`, written when the run is over."""

from __future__ import annotations

from pathlib import Path

from palestra.trainer.view import Exhibitor, write_page

_MOST_ROLLOUTS = 2000
"""They make a page of a few megabytes; `palestra view` shows more."""


def write_report(run_dir: Path) -> Path:
    """Write `report.html` into a run folder and return its path.

    Parts of the run that are missing or broken are left out, with a remark, so a run that was killed has a report too.
    """
    path = run_dir / "report.html"
    write_page(Exhibitor(run_dir, most=_MOST_ROLLOUTS).exhibition(), path)
    return path


__all__ = ["write_report"]
