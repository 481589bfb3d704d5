"""Handlers of the wrong exceptions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from palestra.envs.swe.bugs.source_text import SourceText, Spot
from palestra.envs.swe.patch import Splice

_NEAR = {
    "KeyError": "IndexError",
    "IndexError": "KeyError",
    "ValueError": "TypeError",
    "TypeError": "ValueError",
    "AttributeError": "KeyError",
    "ImportError": "ValueError",
    "StopIteration": "IndexError",
    "OverflowError": "ZeroDivisionError",
    "Exception": "ArithmeticError",
}


@dataclass(frozen=True, slots=True)
class CatchWrong:
    """`except KeyError` becomes `except IndexError`; of several exceptions one is forgotten."""

    name: str = "except"

    def splices(self, source: SourceText, spot: Spot) -> Iterator[Splice]:
        """Of handlers that name their exceptions."""
        match spot.node:
            case ast.ExceptHandler(type=ast.Name(id=name) as caught) if name in _NEAR:
                yield source.replace(caught, _NEAR[name])
            case ast.ExceptHandler(type=ast.Tuple(elts=[_, _, *_] as names) as caught):
                for left_out in names:
                    kept = [source.segment(name) for name in names if name is not left_out]
                    yield source.replace(caught, kept[0] if len(kept) == 1 else f"({', '.join(kept)})")
