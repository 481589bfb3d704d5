"""Checks that alarms share."""

from __future__ import annotations

import math


def check_window(window: int) -> None:
    """Refuse a window without two halves.

    Raises:
        ValueError: It is shorter than 2 steps.
    """
    if window < 2:
        raise ValueError(f"window must be at least 2, got {window}")


def check_positive(name: str, value: float) -> None:
    """Refuse a limit that is always or never passed.

    Raises:
        ValueError: It is not positive and finite.
    """
    if not 0.0 < value < math.inf:
        raise ValueError(f"{name} must be positive and finite, got {value}")
