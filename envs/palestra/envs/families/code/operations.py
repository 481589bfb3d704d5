"""Operators of the small Python, with a bound on what they make."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

MAX_ITEMS = 5000
MAX_BITS = 512


class EvaluationError(Exception):
    """A program fails as Python would, leaves the small Python, or takes too much; the message names the cause."""


def check_size(value: Any) -> Any:
    """The value itself, where it is of bearable size.

    Raises:
        EvaluationError: It is not.
    """
    if type(value) is int:
        if value.bit_length() > MAX_BITS:
            raise EvaluationError("a number of too many digits")
    elif type(value) in (str, list, tuple, dict, set, range) and len(value) > MAX_ITEMS:
        raise EvaluationError("a value of too many items")
    return value


def _multiply(left: Any, right: Any) -> Any:
    for items, times in ((left, right), (right, left)):
        if type(items) in (str, list, tuple) and type(times) is int and len(items) * times > MAX_ITEMS:
            raise EvaluationError("a value of too many items")
    return check_size(left * right)


def _remainder(left: Any, right: Any) -> Any:
    if isinstance(left, str):
        raise EvaluationError("no formatting here")  # `"%999999999d" % 1` is large
    return left % right


BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda left, right: check_size(left + right),
    ast.Sub: operator.sub,
    ast.Mult: _multiply,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: _remainder,
}

COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda item, items: item in items,
    ast.NotIn: lambda item, items: item not in items,
}
