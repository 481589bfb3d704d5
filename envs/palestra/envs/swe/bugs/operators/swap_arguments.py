"""Arguments in the wrong order."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from palestra.envs.swe.bugs.source_text import SourceText, Spot
from palestra.envs.swe.patch import Splice


@dataclass(frozen=True, slots=True)
class SwapArguments:
    """`f(a, b)` becomes `f(b, a)`."""

    name: str = "swap-arguments"

    def splices(self, source: SourceText, spot: Spot) -> Iterator[Splice]:
        """Of each two neighbours among the positional arguments that differ."""
        if not isinstance(spot.node, ast.Call):
            return
        for left, right in pairwise(spot.node.args):
            texts = source.segment(left), source.segment(right)
            if isinstance(left, ast.Starred) or isinstance(right, ast.Starred) or texts[0] == texts[1]:
                continue
            _, gap = source.between(left, right)
            start, end = source.span(left)[0], source.span(right)[1]
            yield source.splice(start, end, f"{texts[1]}{gap}{texts[0]}")
