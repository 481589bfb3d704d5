"""Deadlines and bounds of a pool."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class PoolLimits:
    """How much a pool asks for at once, and how long it waits for what. Nothing is waited for without end."""

    max_in_flight: int = 256
    """Requests under way at one worker; more wait here."""
    request_timeout_s: float = 600.0
    """For one attempt of one request; the server gives up what takes longer."""
    num_retries: int = 4
    """Of a request, each at another worker if there is one, under the same key."""
    probe_timeout_s: float = 60.0
    """For each question to a worker that wants to join."""
    join_timeout_s: float = 600.0
    """For all that a worker needs to join, its weights included."""
    start_timeout_s: float = 600.0
    """Until the first worker has joined."""
    lost_timeout_s: float = 120.0
    """For how long all workers may be lost before the run stops."""
    slack: int = 16
    """Requests more than elsewhere that a worker may have, for having read the beginning of a prompt."""

    def __post_init__(self) -> None:
        if self.max_in_flight < 1 or self.num_retries < 0 or self.slack < 0:
            raise ValueError(f"max_in_flight is at least 1, num_retries and slack at least 0: {self}")
        times = (self.request_timeout_s, self.probe_timeout_s, self.join_timeout_s)
        if min(*times, self.start_timeout_s, self.lost_timeout_s) <= 0:
            raise ValueError(f"deadlines are positive: {self}")
