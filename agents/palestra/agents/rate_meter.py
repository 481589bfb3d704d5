"""How fast an endpoint may be asked: requests and tokens per minute, spread evenly."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

_MINUTE_S = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class RateLimits:
    """What an endpoint allows in a minute; None: as much as anybody asks."""

    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    """Of prompts and responses together."""

    def __post_init__(self) -> None:
        for limit in (self.requests_per_minute, self.tokens_per_minute):
            if limit is not None and not 0 < limit < float("inf"):
                raise ValueError(f"a rate must be positive, got {limit}")


class RateMeter:
    """Says when the next request may be sent.

    Requests are spread evenly, with no burst at the beginning: in no minute are there more than the limits allow, and
    one. A request is charged with the tokens that it may take, and given back what it did not.

    Source: the virtual scheduling of ITU-T I.371, annex A, without tolerance.
    """

    def __init__(self, limits: RateLimits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._request_at = self._tokens_at = self._held_until = float("-inf")

    def reserve(self, tokens: int) -> float:
        """Seconds until a request that may take so many tokens may be sent; it has its place from now on."""
        now = self._clock()
        start = max(now, self._request_at, self._tokens_at, self._held_until)
        if self._limits.requests_per_minute is not None:
            self._request_at = start + _MINUTE_S / self._limits.requests_per_minute
        if self._limits.tokens_per_minute is not None:
            self._tokens_at = start + tokens * _MINUTE_S / self._limits.tokens_per_minute
        return start - now

    def settle(self, reserved: int, used: int) -> None:
        """Charge what a request took instead of what it might have taken."""
        if self._limits.tokens_per_minute is not None:
            self._tokens_at += (used - reserved) * _MINUTE_S / self._limits.tokens_per_minute

    def hold(self, seconds: float) -> None:
        """Let nobody ask for so long: the endpoint said that it was asked too often."""
        self._held_until = max(self._held_until, self._clock() + seconds)
