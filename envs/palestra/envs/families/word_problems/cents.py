"""Amounts of money that are rounded to whole cents once, at the end."""

from __future__ import annotations

from fractions import Fraction


def rounded_cents(amount: Fraction) -> str | None:
    """An amount of dollars with two decimals, such as `12.50`; None where it lies half-way between two cents."""
    cents = amount * 100
    if (2 * cents).denominator == 1 and cents.denominator == 2:
        return None
    whole = int(cents + Fraction(1, 2))
    return f"{whole // 100}.{whole % 100:02d}"
