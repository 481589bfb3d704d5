"""Functions that are not written yet."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from palestra.envs.swe.bugs.source_text import Function, SourceText, Spot
from palestra.envs.swe.patch import Splice

_FEWEST_LINES = 2
"""Functions below are no task of their own."""
_MOST_LINES = 60


@dataclass(frozen=True, slots=True)
class RemoveFunction:
    """The body of a function becomes `raise NotImplementedError`; its signature and docstring stay."""

    name: str = "remove-function"

    def splices(self, source: SourceText, spot: Spot) -> Iterator[Splice]:
        """Of functions of 2 to 60 lines."""
        if not isinstance(spot.node, Function) or spot.node.body[0].lineno == spot.node.lineno:
            return
        body = spot.node.body
        if ast.get_docstring(spot.node, clean=False) is not None:
            body = body[1:]
        if not body:
            return
        start, end = source.span(body[0])[0], source.span(body[-1])[1]
        if isinstance(body[0], Function | ast.ClassDef) and body[0].decorator_list:
            start = source.span(body[0].decorator_list[0])[0] - 1  # its sign
        splice = source.splice(start, end, "raise NotImplementedError")
        if _FEWEST_LINES <= len(source.lines(splice)) <= _MOST_LINES:
            yield splice
