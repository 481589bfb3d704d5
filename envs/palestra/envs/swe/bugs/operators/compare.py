"""Comparisons that are nearly the right ones."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from palestra.envs.swe.bugs.source_text import SourceText, Spot
from palestra.envs.swe.patch import Splice

_SWAPS: dict[type[ast.cmpop], tuple[str, tuple[str, ...]]] = {
    ast.Lt: ("<", ("<=", ">")),
    ast.LtE: ("<=", ("<", ">=")),
    ast.Gt: (">", (">=", "<")),
    ast.GtE: (">=", (">", "<=")),
    ast.Eq: ("==", ("!=",)),
    ast.NotEq: ("!=", ("==",)),
    ast.In: ("in", ("not in",)),
    ast.NotIn: ("not in", ("in",)),
    ast.Is: ("is", ("is not",)),
    ast.IsNot: ("is not", ("is",)),
}


@dataclass(frozen=True, slots=True)
class SwapComparison:
    """`<` becomes `<=` or `>`, `==` becomes `!=`, `in` becomes `not in`, and so on."""

    name: str = "compare"

    def splices(self, source: SourceText, spot: Spot) -> Iterator[Splice]:
        """Each operator of a chain on its own."""
        if not isinstance(spot.node, ast.Compare):
            return
        terms = [spot.node.left, *spot.node.comparators]
        for (left, right), op in zip(pairwise(terms), spot.node.ops, strict=True):
            old, choices = _SWAPS[type(op)]
            for new in choices:
                if splice := source.replace_token(left, right, old, new):
                    yield splice
