"""What a check found out, and on which evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

MAX_EVIDENCE = 3
_SHOWN_CHARS = 160


class Status(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOTED = "noted"
    """Measured and reported; no value of it is wrong."""
    NOT_APPLICABLE = "not applicable"
    """The environment has nothing that the check could look at."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """A task and a response that show what was found."""

    task: str
    """The task's id."""
    response: str
    """The response or, where none is concerned, what is wrong with the task; cut to one readable line."""

    @classmethod
    def of(cls, task: object, text: str) -> Evidence:
        """The evidence with its text made short and printable."""
        shown = ascii(text[:_SHOWN_CHARS])[1:-1]
        return cls(task=str(task), response=f"{shown[:_SHOWN_CHARS]}..." if len(text) > _SHOWN_CHARS else shown)

    def to_json(self) -> dict[str, str]:
        """Both texts."""
        return {"task": self.task, "response": self.response}


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """The result of one check of one environment."""

    status: Status
    note: str = ""
    """What the figure is, or why there is none."""
    figure: float | None = None
    bound: float | None = None
    """What the figure may be at most (or at least, where the note says so)."""
    evidence: tuple[Evidence, ...] = ()
    is_of_machine: bool = field(default=False)
    """Whether the figure differs from machine to machine, so that it is kept apart from the rest of a card."""

    @classmethod
    def judged(
        cls,
        holds: bool,
        note: str = "",
        *,
        figure: float | None = None,
        bound: float | None = None,
        evidence: tuple[Evidence, ...] = (),
    ) -> Finding:
        """Passed if it holds; evidence is kept only of failures."""
        status = Status.PASSED if holds else Status.FAILED
        shown = () if holds else evidence[:MAX_EVIDENCE]
        return cls(status=status, note=note, figure=_rounded(figure), bound=_rounded(bound), evidence=shown)

    @classmethod
    def noted(cls, note: str, figure: float) -> Finding:
        """A figure to know."""
        return cls(status=Status.NOTED, note=note, figure=_rounded(figure))

    @classmethod
    def not_applicable(cls, why: str) -> Finding:
        """Nothing to look at."""
        return cls(status=Status.NOT_APPLICABLE, note=why)

    def to_json(self) -> dict[str, object]:
        """What is set, in the order of the fields; figures of the machine are left out."""
        row: dict[str, object] = {"status": str(self.status)}
        if self.note:
            row["note"] = self.note
        if self.figure is not None and not self.is_of_machine:
            row["figure"] = self.figure
        if self.bound is not None:
            row["bound"] = self.bound
        if self.evidence:
            row["evidence"] = [one.to_json() for one in self.evidence]
        return row


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
