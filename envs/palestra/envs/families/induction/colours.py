"""Colours of cells as digits; 0 is blank."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

from palestra.envs.families.induction.grammar import Operation

COLOURS = "1234"


def exchange(one: str, other: str) -> Callable[[str], str]:
    """A function that exchanges two colours in a text of cells."""
    table = str.maketrans(one + other, other + one)
    return lambda cells: cells.translate(table)


COLOUR_SWAPS: tuple[Operation[str], ...] = tuple(
    Operation(f"swap-{a}-{b}", exchange(a, b), exchange(a, b)) for a, b in combinations(COLOURS, 2)
)
"""Operations on rows."""
