"""Places in a random order, one at a time: no list of all of them is made."""

from __future__ import annotations

from palestra.verifiers.keyed_random import stable_hash

_ROUNDS = 6
_MIN_HALF_BITS = 3  # the permutations of a smaller domain are too few to look random


def permuted(place: int, size: int, *key: str | int) -> int:
    """Where a permutation of `range(size)`, chosen by the key, sends a place.

    A Feistel network over the next power of four; what falls outside is sent on until it falls inside.

    >>> sorted(permuted(place, 5, "a key") for place in range(5))
    [0, 1, 2, 3, 4]
    """
    half = max(_MIN_HALF_BITS, (max(size - 1, 1).bit_length() + 1) // 2)
    mask = (1 << half) - 1
    seed = stable_hash(*key)
    while True:
        left, right = place >> half, place & mask
        for number in range(_ROUNDS):
            left, right = right, left ^ (stable_hash(seed, number, right) & mask)
        place = left << half | right
        if place < size:
            return place
