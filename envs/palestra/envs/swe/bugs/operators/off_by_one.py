"""Borders that are one too far or one too near."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from palestra.envs.swe.bugs.source_text import SourceText, Spot
from palestra.envs.swe.patch import Splice


@dataclass(frozen=True, slots=True)
class OffByOne:
    """`range(n)` becomes `range(n - 1)`, `x[i:]` becomes `x[i + 1:]`, `len(x)` becomes `len(x) - 1`."""

    name: str = "off-by-one"

    def splices(self, source: SourceText, spot: Spot) -> Iterator[Splice]:
        """Of the last border of a range, borders of slices, indices and lengths; numbers are changed elsewhere."""
        for border in _borders(spot.node):
            if isinstance(border, ast.Constant | ast.UnaryOp | ast.Starred):
                continue
            text = source.segment(border)
            if not isinstance(border, ast.Name | ast.Call | ast.Attribute | ast.Subscript | ast.BinOp):
                text = f"({text})"
            yield source.replace(border, f"{text} + 1")
            yield source.replace(border, f"{text} - 1")


def _borders(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.Call(func=ast.Name(id="range" | "islice"), args=[*_, last]):
            yield last
        case ast.Return(value=ast.Call(func=ast.Name(id="len")) as length):
            yield length
        case ast.Slice(lower=lower, upper=upper):
            yield from (border for border in (lower, upper) if border is not None)
