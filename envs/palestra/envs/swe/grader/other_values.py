"""Values in the places of others: near enough to look like them, and not equal."""

from __future__ import annotations


def other_value(value: object) -> object:
    """A value of the same type that is not equal; None where there is none."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case float():
            return value + 1.0 if abs(value) < 2.0**50 else value / 2.0 or None
        case str():
            return _other_text(value)
        case bytes():
            return bytes([value[0] ^ 1]) + value[1:] if value else b"a"
        case list():
            return [*value[:-1], other_value(value[-1]) or 0] if value else [0]
        case tuple():
            return (*value[:-1], other_value(value[-1]) or 0) if value else (0,)
        case dict():
            return {**value, next(iter(value)): other_value(next(iter(value.values()))) or 0} if value else {0: 0}
    return None


def _other_text(text: str) -> str:
    for place, letter in enumerate(text):
        if letter.isalnum() and letter.isascii():
            swapped = "e" if letter == "a" else "a" if letter.isalpha() else str((int(letter) + 1) % 10)
            return text[:place] + swapped + text[place + 1 :]
    return text + "a"
