"""When a server that fails is left alone, and when it is tried again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class BreakerState(StrEnum):
    """Whether a worker gets requests."""

    CLOSED = "closed"
    """It does."""
    OPEN = "open"
    """It is left alone until a moment that is known."""
    HALF_OPEN = "half-open"
    """It is being tried, by nobody's request."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BreakerLimits:
    """What a worker may do before it is left alone, and for how long."""

    failures: int = 3
    """So many failed requests in a row open the breaker."""
    first_wait_s: float = 0.5
    """Until the first trial; doubled after each trial that fails."""
    max_wait_s: float = 30.0

    def __post_init__(self) -> None:
        if self.failures < 1:
            raise ValueError(f"breaker.failures must be at least 1, got {self.failures}")
        if not 0 <= self.first_wait_s <= self.max_wait_s:
            raise ValueError(f"breaker: 0 <= first_wait_s <= max_wait_s, got {self.first_wait_s}, {self.max_wait_s}")


class CircuitBreaker:
    """Of one worker. It begins open and due: a worker gets requests after its first trial."""

    def __init__(self, limits: BreakerLimits, *, clock: Callable[[], float] = time.monotonic) -> None:
        """A breaker.

        Args:
            limits: When it opens.
            clock: Seconds that never go back.
        """
        self.state = BreakerState.OPEN
        self.last_failure = "not reached yet"
        """What broke last; kept for whoever asks after the worker has recovered."""
        self.trials = 0
        """That have ended, well or not."""
        self._limits = limits
        self._clock = clock
        self._in_a_row = 0
        self._wait_s = limits.first_wait_s
        self._due = clock()

    @property
    def wait_s(self) -> float:
        """Seconds until the next trial is due; 0 unless open."""
        return max(0.0, self._due - self._clock()) if self.state is BreakerState.OPEN else 0.0

    def note_success(self) -> None:
        """A request went well."""
        if self.state is BreakerState.CLOSED:
            self._in_a_row = 0

    def note_failure(self, what: str) -> None:
        """A request failed; enough of them in a row open the breaker."""
        self.last_failure = what
        self._in_a_row += 1
        if self.state is BreakerState.CLOSED and self._in_a_row >= self._limits.failures:
            self._open(self._limits.first_wait_s)

    def trip(self, what: str) -> None:
        """Open at once: nobody is there, or it has not the weights that it should have."""
        self.last_failure = what
        if self.state is BreakerState.CLOSED:
            self._open(self._limits.first_wait_s)

    def begin_trial(self) -> None:
        """The wait is over."""
        assert self.state is BreakerState.OPEN, "a trial follows a wait"
        self.state = BreakerState.HALF_OPEN

    def end_trial(self, failure: str = "") -> None:
        """What became of the trial; with a failure the next wait is twice as long."""
        assert self.state is BreakerState.HALF_OPEN, "no trial is under way"
        self.trials += 1
        if failure:
            self.last_failure = failure
            self._open(self._wait_s)
            self._wait_s = min(self._limits.max_wait_s, max(self._wait_s * 2, self._limits.first_wait_s))
        else:
            self.state = BreakerState.CLOSED
            self._in_a_row, self._wait_s = 0, self._limits.first_wait_s

    def give_up_trial(self) -> None:
        """Whoever tried is gone without having said how it ended."""
        if self.state is BreakerState.HALF_OPEN:
            self._open(0.0)

    def _open(self, wait_s: float) -> None:
        self.state = BreakerState.OPEN
        self._due = self._clock() + wait_s
