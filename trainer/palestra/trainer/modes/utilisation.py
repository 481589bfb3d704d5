"""How much of a step generator and learner worked, and how much at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """Seconds of a stretch of time."""

    total_s: float
    playing_s: float
    """In which episodes were played."""
    learning_s: float
    """In which updates were made."""
    both_s: float

    @property
    def generator_idle_s(self) -> float:
        """In which nothing was played."""
        return self.total_s - self.playing_s

    @property
    def learner_idle_s(self) -> float:
        """In which nothing was learned."""
        return self.total_s - self.learning_s

    @property
    def neither_s(self) -> float:
        """In which nothing was played or learned: rewards made, weights pushed and proven."""
        return self.total_s - self.playing_s - self.learning_s + self.both_s


class Utilisation:
    """A clock for two workers."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._playing = 0
        self._learning = 0
        self._seen = clock()
        self._total_s = self._playing_s = self._learning_s = self._both_s = 0.0

    @contextmanager
    def playing(self) -> Iterator[None]:
        """While episodes are played; may overlap itself."""
        self._note()
        self._playing += 1
        try:
            yield
        finally:
            self._note()
            self._playing -= 1

    @contextmanager
    def learning(self) -> Iterator[None]:
        """While updates are made."""
        self._note()
        self._learning += 1
        try:
            yield
        finally:
            self._note()
            self._learning -= 1

    def restart(self) -> None:
        """Begin a stretch here."""
        self._note()
        self._total_s = self._playing_s = self._learning_s = self._both_s = 0.0

    def usage(self) -> Usage:
        """The stretch up to now."""
        self._note()
        return Usage(
            total_s=self._total_s,
            playing_s=self._playing_s,
            learning_s=self._learning_s,
            both_s=self._both_s,
        )

    def _note(self) -> None:
        now = self._clock()
        passed, self._seen = now - self._seen, now
        self._total_s += passed
        self._playing_s += passed if self._playing else 0.0
        self._learning_s += passed if self._learning else 0.0
        self._both_s += passed if self._playing and self._learning else 0.0
