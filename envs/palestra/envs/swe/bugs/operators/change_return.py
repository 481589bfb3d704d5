"""Results that get lost on the way."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from palestra.envs.swe.bugs.source_text import SourceText, Spot
from palestra.envs.swe.patch import Splice


@dataclass(frozen=True, slots=True)
class ChangeReturn:
    """A result becomes None, the answer to a comparison the other one, and a pair changes its order."""

    name: str = "return"

    def splices(self, source: SourceText, spot: Spot) -> Iterator[Splice]:
        """Of returned and of yielded values."""
        match spot.node:
            case ast.Return(value=ast.Compare() as value):
                yield source.replace(value, f"not ({source.segment(value)})")
            case ast.Return(value=ast.Tuple(elts=[_, _, *_] as parts) as value):
                order = [source.segment(part) for part in (parts[1], parts[0], *parts[2:])]
                yield source.replace(value, f"({', '.join(order)})")
            case ast.Return(value=ast.expr() as value) | ast.Yield(value=ast.expr() as value):
                if not isinstance(value, ast.Constant):
                    yield source.replace(value, "None")
