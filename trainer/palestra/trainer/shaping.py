"""Shaping of rewards: terms that know nothing of whether the answer is right.

They carry no verifier noise, so they are added after noise correction and before the advantage.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class OverlongPenalty:
    """0 up to `max_tokens - buffer` tokens, then falling in a straight line to -1 at `max_tokens`.

    Source: "DAPO", arXiv:2503.14476, equation 13 (there: 20480 tokens, a buffer of 4096).
    """

    max_tokens: int
    """Length from which on the penalty is -1."""
    buffer: int
    """How many tokens before `max_tokens` the penalty starts."""

    def __post_init__(self) -> None:
        if not 1 <= self.buffer <= self.max_tokens:
            raise ValueError(f"buffer must be in [1, max_tokens = {self.max_tokens}], got {self.buffer}")

    def __call__(self, num_tokens: int) -> float:
        """What to add to the reward of a response of this many tokens."""
        excess = num_tokens - (self.max_tokens - self.buffer)
        return -min(max(excess, 0), self.buffer) / self.buffer
