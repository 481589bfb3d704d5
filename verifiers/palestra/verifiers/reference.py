"""References that are JSON objects."""

from __future__ import annotations

import json


def parse_object(reference: str) -> dict[str, object]:
    """The JSON object of a reference.

    Raises:
        ValueError: The text is no JSON object.
    """
    try:
        value = json.loads(reference)
    except (ValueError, RecursionError):
        raise ValueError(f"the reference `{reference[:80]}` is no JSON") from None
    if not isinstance(value, dict):
        raise ValueError(f"the reference must be a JSON object, got {type(value).__name__}")
    return value
