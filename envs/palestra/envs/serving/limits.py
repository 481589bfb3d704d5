"""What a server of environments allows its clients."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class ServingLimits:
    """Bounds of all clients together and of each request."""

    sessions: int = 64
    """Sessions at once; each has an environment of its own."""
    idle_s: float = 900.0
    """A session that is asked nothing for so long is closed."""
    request_s: float = 300.0
    """A request that takes longer loses its session."""
    message_bytes: int = 8 << 20
    """A longer message is refused unread. The longest response that a verifier reads fits in."""

    def __post_init__(self) -> None:
        for name in ("sessions", "idle_s", "request_s", "message_bytes"):
            if not getattr(self, name) > 0:
                raise ValueError(f"`{name}` must be more than 0, got {getattr(self, name)}")
