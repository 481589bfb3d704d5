"""Tasks that a known shortcut solves: few of them are kept, so that the shortcut earns little."""

from __future__ import annotations

from palestra.verifiers.keyed_random import KeyedRandom


def is_left_out(rng: KeyedRandom, *, keep_one_in: int = 8) -> bool:
    """Whether a task that a shortcut solves is to be drawn again: all but one in so many are."""
    return rng.below(keep_one_in) > 0
