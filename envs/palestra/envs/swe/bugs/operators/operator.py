"""What an operator is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from palestra.envs.swe.bugs.source_text import SourceText, Spot
from palestra.envs.swe.patch import Splice


class Operator(Protocol):
    """A way of breaking code, tried at each node of a function."""

    @property
    def name(self) -> str:
        """For tables and metadata, e.g. `negate-if`."""

    def splices(self, source: SourceText, spot: Spot) -> Iterator[Splice]:
        """The edits that it can make at this node; each is a bug of its own."""
