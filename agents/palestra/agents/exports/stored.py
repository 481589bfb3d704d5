"""A rollout with the place in its run that it comes from."""

from __future__ import annotations

from dataclasses import dataclass

from palestra.agents.rollout import Rollout


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredRollout:
    """A rollout of a run."""

    rollout: Rollout
    source: str = ""
    """`train`, or the name of an evaluation."""
    step: int | None = None
    """Of the run; None outside of training runs."""
