"""The check that configurations share."""

from __future__ import annotations


def require(condition: bool, message: str) -> None:
    """Refuse a value.

    Raises:
        ValueError: The condition does not hold.
    """
    if not condition:
        raise ValueError(message)
