"""Why an episode is over."""

from __future__ import annotations

from enum import StrEnum


class EndReason(StrEnum):
    """The one reason why no further response is asked for. Every episode is judged, whatever ended it."""

    JUDGED = "judged"
    """The last response was judged: an answer to a question, or a move that ends a game by its rules."""
    SUBMITTED = "submitted"
    """The policy said that its work is done."""
    MAX_TURNS = "max_turns"
    """The responses ran out."""
    MAX_TOKENS = "max_tokens"
    """The tokens of the episode ran out; decided by whoever counts them."""
    WALL_LIMIT = "wall_limit"
    """The time of the episode ran out."""
    COST_LIMIT = "cost_limit"
    """The CPU seconds of the episode's commands ran out."""
    REJECTED = "rejected"
    """The last response was found hopeless while it was written, and ended; decided by whoever generates."""
    FORMAT_ERRORS = "format_errors"
    """Too many responses in a row could not be read."""
    INFRA_ERROR = "infra_error"
    """The machinery broke: the sample is masked."""

    @property
    def is_limit(self) -> bool:
        """Whether a limit ended the episode and not the policy: a trainer may leave such samples out."""
        return self in _LIMITS


_LIMITS = {EndReason.MAX_TURNS, EndReason.MAX_TOKENS, EndReason.WALL_LIMIT, EndReason.COST_LIMIT, EndReason.REJECTED}
