"""Typographic marks as a keyboard has them."""

from __future__ import annotations

_PLAIN = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2010": "-",
        "\u2011": "-",
        "\u2013": " - ",
        "\u2014": " - ",
        "\u2026": "...",
        "\u00a0": " ",
    }
)


def plain_marks(text: str) -> str:
    """The text with plain quotes, apostrophes, hyphens and blanks; a dash stands between blanks.

    >>> plain_marks("It\u2019s me\u2014him.")
    "It's me - him."
    """
    return text.translate(_PLAIN)
