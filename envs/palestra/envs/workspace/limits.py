"""How much an episode in a sandbox may use."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from palestra.sandboxes import Limits


def _command_limits() -> Limits:
    return Limits(cpu_s=30.0, wall_s=60.0, memory_bytes=1 << 30, disk_bytes=256 << 20, inodes=32_768)


@dataclass(frozen=True, kw_only=True, slots=True)
class EpisodeLimits:
    """Upper bounds of an episode; every one has a value. An episode that meets one is judged as it stands."""

    command: Limits = field(default_factory=_command_limits)
    """Of each command."""
    turns: int = 50
    """Responses."""
    turn_wall_s: float = 120.0
    """Seconds on the clock for all calls of one response; further calls are not made."""
    wall_s: float = 1200.0
    """Seconds on the clock from the first response on: a fuse."""
    cpu_s: float = 300.0
    """CPU seconds of all commands together."""
    format_errors: int = 3
    """Unreadable responses in a row."""
    output_chars: int = 10_000
    """What a policy is shown of one result; the middle of the rest is cut."""
    show_turns_left: bool = False
    """Whether each observation ends with the number of turns that are left."""

    def __post_init__(self) -> None:
        for bound in fields(self):
            value = getattr(self, bound.name)
            if isinstance(value, int | float) and not isinstance(value, bool) and not value > 0:
                raise ValueError(f"limits.{bound.name} must be positive, got {value}")
