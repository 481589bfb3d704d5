"""Conditions the wrong way round."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from palestra.envs.swe.bugs.source_text import SourceText, Spot
from palestra.envs.swe.patch import Splice


@dataclass(frozen=True, slots=True)
class NegateIf:
    """`if x` becomes `if not (x)`, and `if not x` becomes `if x`."""

    name: str = "negate-if"

    def splices(self, source: SourceText, spot: Spot) -> Iterator[Splice]:
        """Of statements, expressions and comprehensions."""
        match spot.node:
            case ast.If(test=test) | ast.IfExp(test=test):
                yield _negated(source, test)
            case ast.comprehension(ifs=tests):
                yield from (_negated(source, test) for test in tests)


def _negated(source: SourceText, test: ast.expr) -> Splice:
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return source.replace(test, source.segment(test.operand))
    text = source.segment(test)
    is_simple = isinstance(test, ast.Name | ast.Call | ast.Attribute | ast.Subscript | ast.Compare)
    return source.replace(test, f"not {text}" if is_simple else f"not ({text})")
