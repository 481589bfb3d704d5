"""One server of a pool."""

from __future__ import annotations

from palestra.agents.patience import Failure
from palestra.agents.vllm.breaker import BreakerLimits, BreakerState, CircuitBreaker
from palestra.agents.vllm.client import TokenRules, VllmClient
from palestra.agents.vllm.connections import Connections
from palestra.agents.vllm.stats import WorkerCounter, WorkerStats


class Worker:
    """A server, what it is doing, and whether it may be asked."""

    def __init__(self, url: str, rules: TokenRules, limits: BreakerLimits, *, api_key: str | None = None) -> None:
        self.url = url
        """Without a path."""
        self.api_key = api_key
        self.client = VllmClient(Connections(url, api_key=api_key), rules)
        self.breaker = CircuitBreaker(limits)
        self.in_flight = 0
        self.has_joined = False
        """Whether it ever was in the pool."""
        self._counter = WorkerCounter()

    @property
    def is_available(self) -> bool:
        """Whether it gets requests; one that is not gets none before `on_join` has brought it the current weights."""
        return self.breaker.state is BreakerState.CLOSED

    def note_start(self) -> None:
        """A request is sent."""
        self.in_flight += 1
        self._counter.in_flight_max = max(self._counter.in_flight_max, self.in_flight)

    def note_reply(self, prompt_tokens: int, policy_tokens: int, latency_s: float) -> None:
        """A request got a reply that can be used."""
        self.breaker.note_success()
        self._counter.note_reply(prompt_tokens, policy_tokens, latency_s)

    def note_failure(self, failure: Failure) -> None:
        """An attempt gave no reply that can be used."""
        self._counter.note_failure(failure.what)
        if failure.is_down:
            self.breaker.trip(failure.what)
        elif failure.retry_after_s is None:  # a server that says when to come again is busy, not broken
            self.breaker.note_failure(failure.what)

    def note_cancelled(self) -> None:
        """Nobody waits for a request any more."""
        self._counter.cancelled += 1

    def note_join(self) -> None:
        """It is in the pool (again)."""
        self.has_joined = True
        self._counter.joins += 1

    def take_stats(self) -> WorkerStats:
        """What it did since this was asked last."""
        counter, self._counter = self._counter, WorkerCounter(in_flight_max=self.in_flight)
        return counter.stats(self.url, str(self.breaker.state))
