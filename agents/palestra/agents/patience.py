"""How long a server is waited for, and how often it is asked again."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

MAX_WAIT_S = 30.0
_RETRIED = frozenset({408, 409, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How long a request may take, and how often it is tried."""

    timeout_s: float = 120.0
    """For one attempt: from the connection to the last byte."""
    num_retries: int = 3
    """After a refused connection, a time-out, or a status that may pass (429, 5xx)."""
    first_wait_s: float = 0.5
    """Before the first retry; doubled each time, at most 30 s. A server's `Retry-After` counts within that."""

    def __post_init__(self) -> None:
        if self.timeout_s <= 0 or self.num_retries < 0 or self.first_wait_s < 0:
            raise ValueError(f"times and retries cannot be negative: {self}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """One attempt that gave no reply."""

    what: str
    may_pass: bool
    """Whether another attempt may be luckier."""
    retry_after_s: float | None = None
    """What the server asked for."""
    is_refusal: bool = False
    """Whether no request of this client can succeed: a wrong key, address or model."""
    is_down: bool = False
    """Whether nobody listens there."""
    is_missing: bool = False
    """Whether the route, or the model, is not there."""

    def wait_s(self, planned_s: float) -> float:
        """Seconds until the next attempt."""
        return min(MAX_WAIT_S, max(planned_s, self.retry_after_s or 0.0))


def failure_of(response: httpx.Response, body: bytes) -> Failure | None:
    """What a status says; None for 200."""
    return failure_of_status(response.status_code, response.headers, body)


def failure_of_status(status: int, headers: Mapping[str, str], body: bytes) -> Failure | None:
    """What a status says; None for 200. Names of headers are in lower case."""
    if status == httpx.codes.OK:
        return None
    return Failure(
        what=f"status {status}: {body[:200].decode('utf-8', 'replace')!r}",
        may_pass=status in _RETRIED,
        retry_after_s=_retry_after_s(headers.get("retry-after", "")),
        is_refusal=status in (401, 403, 404),
        is_missing=status in (404, 405, 501),
    )


def _retry_after_s(header: str) -> float | None:
    """Seconds of a `Retry-After` header, which is a number or a date."""
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - time.time())
    except (ValueError, TypeError):
        return None
