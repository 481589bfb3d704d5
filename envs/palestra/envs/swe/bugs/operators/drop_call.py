"""Conversions that are forgotten."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from palestra.envs.swe.bugs.source_text import SourceText, Spot
from palestra.envs.swe.patch import Splice

_ERRORS = ("Error", "Exception")


@dataclass(frozen=True, slots=True)
class DropCall:
    """`f(x)` becomes `x`, and `x.f()` becomes `x`."""

    name: str = "drop-call"

    def splices(self, source: SourceText, spot: Spot) -> Iterator[Splice]:
        """Of calls whose value is used; statements that are calls are dropped elsewhere."""
        match spot.node:
            case ast.Call(func=ast.Name(id=name), args=[ast.expr() as only], keywords=[]) if not name.endswith(_ERRORS):
                if not isinstance(only, ast.Starred | ast.GeneratorExp):
                    text = source.segment(only)
                    yield source.replace(spot.node, f"({text})" if _is_loose(only) else text)
            case ast.Call(func=ast.Attribute(value=value), args=[], keywords=[]):
                yield source.replace(spot.node, source.segment(value))


def _is_loose(node: ast.expr) -> bool:
    """Whether it may need parentheses once it stands alone."""
    return not isinstance(node, ast.Name | ast.Call | ast.Attribute | ast.Subscript | ast.Constant)
