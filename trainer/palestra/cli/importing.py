"""`palestra import`: files of other formats as rollouts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from palestra.cli.errors import EXIT_OK, UsageError
from palestra.cli.text import write, write_json


@dataclass(frozen=True, kw_only=True)
class Import:
    """Read files of other formats as rollouts, which `palestra view`, `rescore` and `export` take.

    Reads what `palestra export` has written, ATIF trajectories of other agents, and conversations (ShareGPT, or with
    messages of `role` and `content`), as JSON lines or as one JSON text; the format is recognised. What others wrote
    has no verdict (UNKNOWN, masked), and no tokens unless every step of it has them.
    """

    path: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="FILE|FOLDER")]
    """A file, or a folder with such files."""
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"], metavar="FILE")]
    """The rollouts, JSON lines; must not exist."""
    json: bool = False
    """Print one JSON object."""

    def run(self) -> int:
        """Read, write, and say how many there were."""
        from palestra.agents.exports import ExportFormat, StoredRollout, read_export, write_export

        paths = [self.path]
        if self.path.is_dir():
            paths = sorted(each for each in self.path.rglob("*") if each.suffix in (".json", ".jsonl", ".parquet"))
            if not paths:
                raise UsageError(
                    f"`{self.path}` holds no files\n\nhint: names of files end in .json, .jsonl or .parquet"
                )
        found = (StoredRollout(rollout=rollout) for path in paths for rollout in read_export(path))
        written = write_export(self.out, ExportFormat.JSONL, found)
        if self.json:
            write_json({"out": str(self.out), "rollouts": written.rollouts, "masked": written.masked})
            return EXIT_OK
        write(f"{self.out}: {written.rollouts} rollouts")
        if written.masked:
            write(f"{written.masked} of them without a verdict")
        return EXIT_OK
