"""`palestra export`: rollouts of a run in the formats of others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from palestra.cli.errors import EXIT_OK, UsageError
from palestra.cli.text import write, write_json

if TYPE_CHECKING:
    from palestra.agents.exports import ExportFormat, StoredRollout, Written

FormatName = Literal["jsonl", "atif", "sharegpt", "parquet"]
"""As `palestra.agents.exports.ExportFormat`, which would load Gymnasium."""


Part = Literal["all", "training", "evaluations"]
Only = Literal["all", "valid", "passed"]


@dataclass(frozen=True, kw_only=True)
class Export:
    """Write the rollouts of a run in a format that other programs read.

    A run is a folder of `palestra eval` or `palestra train`, or a file of rollouts. Formats: `parquet` (whole, with
    tokens, for `datasets`), `atif` (whole, a trajectory a line), `sharegpt` (a conversation a line, without tokens)
    and `jsonl` (as runs keep them). Rollouts without a verdict are marked as masked and have no score: they are no
    failures. What a format cannot hold is said. All of them can be read back by `palestra import`.
    """

    path: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="RUN|FILE")]
    """Whose rollouts."""
    to: FormatName
    """In which format."""
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"], metavar="PATH")]
    """The file, or with `--by-step` the folder; must not exist."""
    only: Only = "all"
    """Those with a verdict, or those that passed."""
    part: Part = "all"
    """Of a training run: the rollouts that were learned from, or those of its evaluations."""
    by_step: bool = False
    """One file for each step of training, and for each evaluation."""
    json: bool = False
    """Print one JSON object."""

    def run(self) -> int:
        """Write and say what was written."""
        from palestra.agents.exports import ExportFormat, Written, write_export

        to = ExportFormat(self.to)
        chosen = self._chosen()
        first = next(chosen, None)
        if first is None:
            raise UsageError(f"`{self.path}` has no such rollouts\n\nhint: without `--only` and `--part` all are taken")
        rollouts = chain([first], chosen)
        model = _model_of(self.path)
        if self.by_step:
            if self.out.exists():
                raise UsageError(f"`{self.out}` exists\n\nhint: choose another name; nothing is overwritten")
            total = Written()
            for (source, step), found in groupby(rollouts, lambda each: (each.source, each.step)):
                name = source if step is None else f"{source}-step-{step:05d}"
                total.add(write_export(self.out / f"{name}{to.suffix}", to, found, model=model))
        else:
            total = write_export(self.out, to, rollouts, model=model)
        self._show(to, total)
        return EXIT_OK

    def _chosen(self) -> Iterator[StoredRollout]:
        from palestra.cli.stored_runs import stored_rollouts

        for stored in stored_rollouts(self.path):
            is_training = stored.source == "train"
            if self.part == "all" or is_training == (self.part == "training"):
                verdict = stored.rollout.verdict
                if {"all": True, "valid": verdict.valid, "passed": verdict.outcome == "PASS"}[self.only]:
                    yield stored

    def _show(self, to: ExportFormat, total: Written) -> None:
        if self.json:
            row = {"rollouts": total.rollouts, "masked": total.masked, "escaped": total.escaped, "lost": to.loses}
            write_json({"out": str(self.out), "format": str(to), "files": len(total.paths), **row})
            return
        files = f", {len(total.paths)} files" if self.by_step else ""
        write(f"{self.out}: {total.rollouts} rollouts{files}")
        if total.masked:
            write(f"{total.masked} of them without a verdict: marked as masked, no failures")
        if total.escaped:
            write(f"{total.escaped} of them with text that is no Unicode: spelled out, and marked as escaped")
        if to.loses:
            write(f"not in this format: {to.loses}")


def _model_of(run: Path) -> str | None:
    """The model that played, as the run's configuration names it."""
    import json
    import tomllib

    try:
        if (run / "config.toml").is_file():
            return str(tomllib.loads((run / "config.toml").read_text(encoding="utf-8"))["model"]["path"])
        return str(json.loads((run / "config.json").read_text(encoding="utf-8"))["model"])
    except (OSError, ValueError, LookupError, TypeError):
        return None
