"""Small primes, and sieves over intervals."""

from __future__ import annotations

from functools import cache
from itertools import compress
from math import isqrt


@cache
def primes_up_to(limit: int) -> tuple[int, ...]:
    """All primes up to a limit of at most a few million, in order."""
    return tuple(primes_between(2, limit))


def primes_between(low: int, high: int) -> list[int]:
    """All primes in low..high, in order; `low` is 2 or more."""
    is_prime = bytearray([1]) * max(0, high - low + 1)
    for p in primes_up_to(isqrt(high)) if high > 3 else ():
        start = max(p * p, -(-low // p) * p) - low
        is_prime[start::p] = bytes(len(range(start, len(is_prime), p)))
    return list(compress(range(low, high + 1), is_prime))
