"""The contract of a tracker, and what it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from palestra.agents import Rollout
from palestra.trainer.metrics import AlarmMetrics, EventMetrics, Metrics
from palestra.trainer.trackers.tracked_run import Told, TrackedRun

MAX_SAMPLE_CHARS = 2000
"""Of each text of a sample that is shown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleRow:
    """A rollout of an evaluation as a row for people; texts are cut, and hold no control characters."""

    task: str
    prompt: str
    response: str
    """All responses, one after the other."""
    outcome: str
    score: float | None
    """None without a verdict: masked, not wrong."""
    detail: str

    @classmethod
    def of(cls, rollout: Rollout) -> SampleRow:
        """The row of a rollout."""
        verdict = rollout.verdict
        return cls(
            task=_shown(str(rollout.task.id)),
            prompt=_shown(rollout.task.prompt),
            response=_shown("\n\n".join(rollout.responses)),
            outcome=str(verdict.outcome),
            score=verdict.score if verdict.valid else None,
            detail=_shown(verdict.detail),
        )


SAMPLE_COLUMNS = ("task", "prompt", "response", "outcome", "score", "detail")


class Tracker(Protocol):
    """Shows a run elsewhere. It is called from one thread; whatever it raises ends it and not the run."""

    @property
    def place(self) -> str:
        """Where people see the run: an address or a command."""
        ...

    def record(self, metrics: Metrics) -> None:
        """Take the numbers of a row."""
        ...

    def alert(self, metrics: AlarmMetrics | EventMetrics) -> None:
        """Take a sentence for people."""
        ...

    def samples(self, name: str, step: int, rows: Sequence[SampleRow]) -> None:
        """Take some rollouts of an evaluation."""
        ...

    def flush(self) -> None:
        """Write what is held back, as far as the tracker can."""
        ...

    def close(self) -> None:
        """Write what is held back, and end."""
        ...


class TrackerSource(Protocol):
    """The settings of a tracker, which open it."""

    @property
    def kind(self) -> str:
        """Its name."""
        ...

    @property
    def samples(self) -> int:
        """Rollouts of each evaluation that it is told."""
        ...

    def open(self, run: TrackedRun, told: Told) -> Tracker:
        """Begin with a run, or go on with it if it was told something before."""
        ...


def _shown(text: str) -> str:
    cut = text if len(text) <= MAX_SAMPLE_CHARS else f"{text[:MAX_SAMPLE_CHARS]} ... ({len(text)} characters)"
    if cut.isprintable():
        return cut
    return "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in cut)
