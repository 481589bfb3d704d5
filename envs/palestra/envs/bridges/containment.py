"""Calls of a peer that leave this process as it was: its random state, and what it prints."""

from __future__ import annotations

import contextlib
import io
import random
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

_lock = threading.RLock()  # the state that is swapped is one for the whole process


@dataclass(slots=True)
class RandomState:
    """The states of the global generators of `random` and numpy that a peer's episode goes on from."""

    python: tuple[Any, ...]
    numpy: Any

    @classmethod
    def now(cls) -> RandomState:
        """As they are."""
        return cls(random.getstate(), np.random.get_state())

    @classmethod
    def seeded(cls, seed: int) -> RandomState:
        """As a seed gives them."""
        return cls(random.Random(seed).getstate(), np.random.RandomState(seed).get_state())

    def apply(self) -> None:
        """Make the global generators go on from here."""
        random.setstate(self.python)
        np.random.set_state(self.numpy)


@contextlib.contextmanager
def contained(state: RandomState) -> Iterator[None]:
    """Let a peer draw from `state`, which moves on, and print into nowhere; one call at a time in a process.

    Not covered: another thread that draws from the global generators meanwhile, and output past Python.
    """
    with _lock:
        kept = RandomState.now()
        state.apply()
        try:
            with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
            after = RandomState.now()
            state.python, state.numpy = after.python, after.numpy
        finally:
            kept.apply()
