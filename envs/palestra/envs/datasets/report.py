"""What became of the rows of a data set."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

_MAX_SHOWN = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadReport:
    """How many rows were read, and why some of them are no tasks."""

    num_rows: int
    num_tasks: dict[str, int]
    """By split."""
    left_out: dict[str, int]
    """How many rows by reason: `bad`, `filtered`, `duplicate`, `in-another-split`, `contaminated`."""
    conflicts: int
    """Duplicates whose gold differs from that of the row before: one of the two is wrong."""
    examples: tuple[str, ...]
    """Some of the rows that were left out, one line each."""
    doubtful: int = 0
    """Tasks whose gold the verifier reads with a doubt; counted on demand."""

    def describe(self) -> str:
        """The figures as lines of text."""
        splits = ", ".join(f"{count} {split}" for split, count in self.num_tasks.items())
        reasons = ", ".join(f"{count} {reason}" for reason, count in self.left_out.items()) or "none"
        head = f"{self.num_rows} rows: tasks {splits or 'none'}; left out {reasons}; conflicting golds {self.conflicts}"
        return "\n".join([head, *(f"  {line}" for line in self.examples)])


@dataclass(slots=True)
class Tally:
    """The figures while rows are read."""

    num_rows: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    conflicts: int = 0
    examples: list[str] = field(default_factory=list)

    def leave_out(self, reason: str, why: str = "") -> None:
        """Count the row that was read last."""
        self.left_out[reason] += 1
        if why and len(self.examples) < _MAX_SHOWN:
            self.examples.append(f"row {self.num_rows}: {reason}: {why}")

    def report(self, num_tasks: dict[str, int], doubtful: int = 0) -> LoadReport:
        """The figures so far."""
        return LoadReport(
            num_rows=self.num_rows,
            num_tasks=num_tasks,
            left_out=dict(self.left_out),
            conflicts=self.conflicts,
            examples=tuple(self.examples),
            doubtful=doubtful,
        )
