"""Exact rationals in references: `n` or `p/q`."""

from __future__ import annotations

import re
from fractions import Fraction

_RATIONAL = re.compile(r"-?[0-9]+(?:/[0-9]+)?")


def parse_rational(reference: str) -> Fraction:
    """The value of `n` or `p/q`.

    >>> parse_rational("-3/4")
    Fraction(-3, 4)

    Raises:
        ValueError: The text is neither, or too long for Python's `int`.
    """
    text = reference.strip()
    if not _RATIONAL.fullmatch(text):
        raise ValueError(f"the reference `{reference[:80]}` is no exact rational\n\nhint: write `22`, `-5` or `3/4`")
    numerator, _, denominator = text.partition("/")
    try:
        return Fraction(int(numerator), int(denominator)) if denominator else Fraction(int(numerator))
    except ZeroDivisionError:
        raise ValueError(f"the reference `{reference[:80]}` divides by zero") from None


def show(value: Fraction) -> str:
    """The value for a verdict's detail, cut where it is long."""
    text = f"{value.numerator}" if value.denominator == 1 else f"{value.numerator}/{value.denominator}"
    return text if len(text) <= 80 else f"{text[:80]}..."
