"""Arithmetic with another operator."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from palestra.envs.swe.bugs.source_text import SourceText, Spot
from palestra.envs.swe.patch import Splice

_SWAPS: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "+"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "/"),
    ast.Mod: ("%", "//"),
    ast.Pow: ("**", "*"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
    ast.BitXor: ("^", "|"),
    ast.LShift: ("<<", ">>"),
    ast.RShift: (">>", "<<"),
}


@dataclass(frozen=True, slots=True)
class SwapArithmetic:
    """`+` becomes `-`, `//` becomes `/`, `&` becomes `|`, and so on; in `x += y` too."""

    name: str = "arithmetic"

    def splices(self, source: SourceText, spot: Spot) -> Iterator[Splice]:
        """Of binary operations and of assignments with one; text is not formatted with `%` any other way."""
        match spot.node:
            case ast.BinOp(left=left, op=op, right=right) if not _is_text(left) and type(op) in _SWAPS:
                old, new = _SWAPS[type(op)]
            case ast.AugAssign(target=left, op=op, value=right) if type(op) in _SWAPS:
                old, new = (f"{sign}=" for sign in _SWAPS[type(op)])
            case _:
                return
        if splice := source.replace_token(left, right, old, new):
            yield splice


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str | bytes))
