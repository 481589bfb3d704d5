"""Constants with another value."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from palestra.envs.swe.bugs.source_text import SourceText, Spot
from palestra.envs.swe.patch import Splice


@dataclass(frozen=True, slots=True)
class ChangeConstant:
    """`True` becomes `False`, a number its neighbour, a text the empty one or one with a space."""

    name: str = "constant"

    def splices(self, source: SourceText, spot: Spot) -> Iterator[Splice]:
        """Of constants that are written on one line."""
        if not isinstance(spot.node, ast.Constant) or spot.node.lineno != spot.node.end_lineno:
            return
        match spot.node.value:
            case bool(value):
                yield source.replace(spot.node, str(not value))
            case int(value):
                yield source.replace(spot.node, str(value + 1))
                if value > 1:
                    yield source.replace(spot.node, str(value - 1))
            case float(value) if value:
                yield source.replace(spot.node, repr(value * 10))
            case "":
                yield source.replace(spot.node, "' '")
            case str():
                yield source.replace(spot.node, "''")
