"""Conditions that join their parts wrongly."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from palestra.envs.swe.bugs.source_text import SourceText, Spot
from palestra.envs.swe.patch import Splice


@dataclass(frozen=True, slots=True)
class SwapBoolean:
    """`and` becomes `or`, or one part of a condition is forgotten."""

    name: str = "boolean"

    def splices(self, source: SourceText, spot: Spot) -> Iterator[Splice]:
        """Of conditions with two parts."""
        match spot.node:
            case ast.BoolOp(op=op, values=[left, right]):
                old, new = ("and", "or") if isinstance(op, ast.And) else ("or", "and")
                if splice := source.replace_token(left, right, old, new):
                    yield splice
                yield source.replace(spot.node, source.segment(left))
                yield source.replace(spot.node, source.segment(right))
