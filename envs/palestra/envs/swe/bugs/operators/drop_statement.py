"""Statements that are missing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from palestra.envs.swe.bugs.source_text import SourceText, Spot
from palestra.envs.swe.patch import Splice


@dataclass(frozen=True, slots=True)
class DropStatement:
    """A call, an assignment to a part of something, or an update becomes `pass`."""

    name: str = "drop-statement"

    def splices(self, source: SourceText, spot: Spot) -> Iterator[Splice]:
        """Not of plain names: without their first value code only stops with a NameError."""
        match spot.node:
            case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Delete() | ast.Raise():
                yield source.replace(spot.node, "pass")
            case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
                yield source.replace(spot.node, "pass")
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _uses(value, name):
                yield source.replace(spot.node, "pass")


def _uses(value: ast.expr, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(value))
