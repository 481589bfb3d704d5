"""What the workers of a pool did."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerStats:
    """What a worker did since it was asked last."""

    url: str
    state: str
    """Of its breaker, now."""
    requests: int
    """Replies that could be used."""
    failures: int
    """Attempts that gave none."""
    cancelled: int
    """Requests that nobody waited for any more."""
    prompt_tokens: int
    policy_tokens: int
    latency_mean_s: float
    """Of the replies that could be used; 0 without any."""
    latency_max_s: float
    in_flight_max: int
    joins: int
    """Times that it came (back) into the pool."""
    last_failure: str
    """Empty: none since it was asked last."""
    cpu_s: float | None = None
    """That the server and all its processes used; None where they are not ours."""


@dataclass(slots=True)
class WorkerCounter:
    """Counts for `WorkerStats`."""

    requests: int = 0
    failures: int = 0
    cancelled: int = 0
    prompt_tokens: int = 0
    policy_tokens: int = 0
    latency_s: float = 0.0
    latency_max_s: float = 0.0
    in_flight_max: int = 0
    joins: int = 0
    last_failure: str = ""

    def note_reply(self, prompt_tokens: int, policy_tokens: int, latency_s: float) -> None:
        """A reply that can be used."""
        self.requests += 1
        self.prompt_tokens += prompt_tokens
        self.policy_tokens += policy_tokens
        self.latency_s += latency_s
        self.latency_max_s = max(self.latency_max_s, latency_s)

    def note_failure(self, what: str) -> None:
        """An attempt that gave none."""
        self.failures += 1
        self.last_failure = what

    def stats(self, url: str, state: str) -> WorkerStats:
        """What was counted."""
        return WorkerStats(
            url=url,
            state=state,
            requests=self.requests,
            failures=self.failures,
            cancelled=self.cancelled,
            prompt_tokens=self.prompt_tokens,
            policy_tokens=self.policy_tokens,
            latency_mean_s=self.latency_s / self.requests if self.requests else 0.0,
            latency_max_s=self.latency_max_s,
            in_flight_max=self.in_flight_max,
            joins=self.joins,
            last_failure=self.last_failure,
        )
