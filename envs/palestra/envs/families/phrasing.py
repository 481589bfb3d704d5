"""Numbers of things and lists of them in English."""

from __future__ import annotations

from collections.abc import Sequence


def listed(items: Sequence[str]) -> str:
    """One item or more, such as `plum, fig and pear`."""
    return ", ".join(items[:-1]) + " and " + items[-1] if len(items) > 1 else items[0]


def is_or_are(count: int) -> str:
    """The verb behind a number of things."""
    return "is" if count == 1 else "are"
