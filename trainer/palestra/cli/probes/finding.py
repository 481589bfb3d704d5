"""What a probe is and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Fact = str | int | float | bool | None


class State(StrEnum):
    """How it stands with one part of a machine."""

    OK = "ok"
    LIMITED = "limited"
    """It works, and a person should know something."""
    MISSING = "missing"
    """It is not there, or does not work."""
    UNKNOWN = "unknown"
    """The probe itself did not come to an end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What a probe found."""

    state: State
    text: str
    """In a few words."""
    advice: str = ""
    """What to do; empty if there is nothing to do."""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    """The same for programs; units are in the names."""

    @property
    def works(self) -> bool:
        """Whether it can be used."""
        return self.state in (State.OK, State.LIMITED)

    def to_json(self, name: str) -> dict[str, object]:
        """Plain data."""
        return {
            "name": name,
            "state": str(self.state),
            "text": self.text,
            "advice": self.advice,
            "facts": dict(self.facts),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """One question to this machine."""

    name: str
    look: Callable[[bool], Finding]
    """Called with True if a person asked for it by name: then it is tried in earnest, which may take longer."""
    deadline_s: float = 10.0
    earnest_deadline_s: float | None = None
    """Where a call in earnest may take longer."""

    def deadline(self, in_earnest: bool) -> float:
        """Seconds that it may take."""
        return self.earnest_deadline_s if in_earnest and self.earnest_deadline_s else self.deadline_s
