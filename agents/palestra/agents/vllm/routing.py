"""Which worker a prompt goes to: the one that has read its beginning, unless it has too much to do."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

_BLOCK = 32
"""Tokens between two places where beginnings of prompts are compared."""


@dataclass(frozen=True, slots=True)
class Load:
    """A worker that can take a request."""

    worker: int
    in_flight: int


@dataclass(slots=True)
class PrefixRouter:
    """Remembers who read what, by hashes of the beginnings of prompts; a prompt twice as long costs twice as much.

    A worker is kept to if it has read at least half of a prompt and has at most `slack` requests more under way than
    the one with the fewest; otherwise the one with the fewest gets it. So the samples of one prompt and the turns of
    one episode share a prefix cache, and a system prompt that all tasks share does not tie them to one worker.
    """

    slack: int = 16
    max_entries: int = 1 << 16
    _readers: OrderedDict[int, int] = field(default_factory=OrderedDict)

    def choose(self, prompt_ids: tuple[int, ...], loads: Sequence[Load]) -> int:
        """The worker of a prompt, which is remembered.

        Args:
            prompt_ids: What is to be read.
            loads: The workers that can take it, at least one.
        """
        least = min(loads, key=lambda load: load.in_flight)
        ends = [*range(_BLOCK, len(prompt_ids), _BLOCK), len(prompt_ids)]
        marks = _marks(prompt_ids, ends)
        chosen = self._reader(marks, ends, loads, least.in_flight + self.slack)
        chosen = least.worker if chosen is None else chosen
        for mark in marks:
            self._readers[mark] = chosen
            self._readers.move_to_end(mark)
        while len(self._readers) > self.max_entries:
            self._readers.popitem(last=False)
        return chosen

    def forget(self) -> None:
        """New weights: nobody has read anything."""
        self._readers.clear()

    def _reader(self, marks: list[int], ends: list[int], loads: Sequence[Load], most: int) -> int | None:
        free = {load.worker for load in loads if load.in_flight <= most}
        for mark, end in zip(reversed(marks), reversed(ends), strict=True):
            if 2 * end < ends[-1]:
                return None
            worker = self._readers.get(mark)
            if worker is not None:
                return worker if worker in free else None
        return None


def _marks(prompt_ids: tuple[int, ...], ends: list[int]) -> list[int]:
    """A hash of each beginning, in one pass."""
    marks: list[int] = []
    start, mark = 0, 0
    for end in ends:
        mark = hash((mark, prompt_ids[start:end]))
        marks.append(mark)
        start = end
    return marks
