"""The three stages of an episode, each with a bound and numbers of its own: open, run, grade."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields

from palestra.agents.lockstep import Lockstep, Places


@dataclass(frozen=True, kw_only=True, slots=True)
class StageLimits:
    """How many episodes may be in a stage at once.

    They bound environments that hold something outside of the process, such as a sandbox; those that are plain
    values are not bounded. Graders may lag behind: an episode that waits for its grade holds its session, not the
    place of one that runs. At most the sum of all three sessions exist.
    """

    open: int = 8
    """Sessions that are being made."""
    run: int = 32
    """Episodes that are being played."""
    grade: int = 8
    """Episodes that are being judged."""

    def __post_init__(self) -> None:
        for stage in fields(self):
            if getattr(self, stage.name) < 1:
                raise ValueError(f"stages.{stage.name} must be at least 1, got {getattr(self, stage.name)}")


@dataclass(kw_only=True, slots=True)
class StageTotals:
    """What went through a stage so far."""

    entered: int = 0
    failed: int = 0
    """Left by an exception of the machinery."""
    peak: int = 0
    """Most episodes in the stage at once."""
    waiting_s: float = 0.0
    """Seconds that episodes waited for the stage, together."""
    working_s: float = 0.0
    """Seconds that they were in it, together."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DriverTotals:
    """What a driver did so far, stage by stage."""

    open: StageTotals = field(default_factory=StageTotals)
    run: StageTotals = field(default_factory=StageTotals)
    grade: StageTotals = field(default_factory=StageTotals)


class Stage:
    """A bounded stage."""

    def __init__(self, limit: int, totals: StageTotals) -> None:
        self._places = asyncio.Semaphore(limit)
        self._totals = totals
        self._inside = 0

    @asynccontextmanager
    async def visit(self, *, is_bounded: bool) -> AsyncIterator[float]:
        """Wait for a place, if the visit is bounded, and hold it; the seconds that it took."""
        totals = self._totals
        asked = entered = time.monotonic()
        if is_bounded:
            await self._places.acquire()
            entered = time.monotonic()
        totals.entered += 1
        totals.waiting_s += entered - asked
        self._inside += 1
        totals.peak = max(totals.peak, self._inside)
        try:
            yield entered - asked
        finally:
            self._inside -= 1
            totals.working_s += time.monotonic() - entered
            if is_bounded:
                self._places.release()

    def note_failure(self) -> None:
        """Count an exception of the machinery."""
        self._totals.failed += 1


class Stages:
    """The stages of one call of a driver, and the bound of all sessions together."""

    def __init__(self, limits: StageLimits, totals: DriverTotals, lockstep: Lockstep | None = None) -> None:
        self.open = Stage(limits.open, totals.open)
        self.run = Stage(limits.run, totals.run)
        self.grade = Stage(limits.grade, totals.grade)
        # In lockstep nobody runs while others are opened or graded, and who runs must not depend on who opens first.
        sessions = limits.run if lockstep is not None else limits.open + limits.run + limits.grade
        self._sessions = Places(sessions, lockstep)

    @asynccontextmanager
    async def session(self, *, is_bounded: bool) -> AsyncIterator[float]:
        """Wait until one more session may exist; the seconds that it took."""
        if not is_bounded:
            yield 0.0
            return
        asked = time.monotonic()
        async with self._sessions.hold():
            yield time.monotonic() - asked
