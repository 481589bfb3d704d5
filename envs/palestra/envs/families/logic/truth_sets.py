"""Sets of assignments as integers: bit w says whether assignment w, itself a mask of variables, is in the set.

So a formula over n variables is decided for all 2**n assignments at once by bit operations.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache


@cache
def every(num_variables: int) -> int:
    """All assignments."""
    return (1 << (1 << num_variables)) - 1


@cache
def where(variable: int, num_variables: int) -> int:
    """The assignments in which a variable is true."""
    run = 1 << variable
    block, length = ((1 << run) - 1) << run, 2 * run
    while length < 1 << num_variables:
        block |= block << length
        length *= 2
    return block


def exactly(count: int, sets: Sequence[int], num_variables: int) -> int:
    """The assignments that lie in exactly `count` of the sets."""
    return counts(sets, num_variables)[count] if 0 <= count <= len(sets) else 0


def counts(sets: Sequence[int], num_variables: int) -> list[int]:
    """For each k, the assignments that lie in exactly k of the sets."""
    by_count = [every(num_variables)] + [0] * len(sets)
    for number, one in enumerate(sets):
        for k in range(number + 1, 0, -1):
            by_count[k] = by_count[k] & ~one | by_count[k - 1] & one
        by_count[0] &= ~one
    return by_count
