"""`palestra bench sandbox` and `sandbox-stability`: what jobs cost, and whether other work changes their results."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Annotated

import tyro

from palestra.cli.errors import EXIT_FAILED, EXIT_OK, UsageError
from palestra.cli.text import write, write_columns, write_json

Count = Annotated[int, tyro.conf.arg(metavar="N")]


@dataclass(frozen=True, kw_only=True)
class BenchSandbox:
    """Measure what a job costs in each place of this machine, side by side: `print(1)`, its output checked.

    CPU-ms counts every process of the machine and takes away what it used while idle before: run it on a quiet one.
    """

    jobs: Count = 200
    """Jobs of each place, one after the other and again side by side; fewer where they take long."""
    places: Annotated[tuple[str, ...], tyro.conf.arg(metavar="NAME ...", help_behavior_hint="(default: all)")] = ()
    """Which places, e.g. `zygote "python3 -c"`."""
    json: bool = False
    """Print one JSON object."""

    def run(self) -> int:
        """Measure and print the table."""
        from palestra.sandboxes.admission import num_cores
        from palestra.sandboxes.bench import Cost, costs, places

        if self.jobs < 1:
            raise UsageError(f"`--jobs {self.jobs}` is no number of jobs\n\nhint: give at least 1")
        if unknown := sorted(set(self.places) - set(places())):
            raise UsageError(f"no place `{unknown[0]}`\n\nhint: there are {', '.join(map(repr, places()))}")
        rows = list(costs(self.jobs, self.places or places()))
        if self.json:
            write_json({"cores": num_cores(), "rows": [row.to_json() for row in rows]})
            return EXIT_OK
        table: list[tuple[str, ...]] = [("PLACE", "p50 ms", "p95 ms", "CPU-ms", f"jobs/s on {num_cores()} cores")]
        for row in rows:
            if isinstance(row, Cost):
                times = (f"{value:.2f}" for value in (row.p50_ms, row.p95_ms, row.cpu_ms))
                table.append((row.name, *times, f"{row.jobs_per_s:.1f}"))
            else:
                table.append((row.name, "-", "-", "-", row.reason))
        write_columns(table)
        return EXIT_OK


@dataclass(frozen=True, kw_only=True)
class BenchStability:
    """Run honest programs while other processes spin, and count those whose result changes. Exit code 1 if any does."""

    programs: Count = 100
    """How many programs."""
    busy: tuple[int, ...] = (0, 4, 8)
    """How many processes spin, in one round each."""
    backend: Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: the strongest)")] = None
    """Which back end."""
    json: bool = False
    """Print one JSON object."""

    def run(self) -> int:
        """Run the rounds and print the flips."""
        from palestra.sandboxes import make, pick
        from palestra.sandboxes.bench import stability

        with pick() if self.backend is None else make(self.backend) as sandbox:
            name = sandbox.report.name
            rows = [stability(sandbox, busy, self.programs) for busy in self.busy]
        if self.json:
            write_json({"backend": name, "rows": [row.to_json() for row in rows]})
        else:
            write(f"{name}\n")
            cells = ((str(row.busy), str(row.programs), str(len(row.flipped))) for row in rows)
            write_columns([("BUSY PROCESSES", "PROGRAMS", "FLIPS"), *cells])
            for flip in (flip for row in rows for flip in row.flipped):
                sys.stderr.write(f"{flip}\n")
        return EXIT_FAILED if any(row.flipped for row in rows) else EXIT_OK
