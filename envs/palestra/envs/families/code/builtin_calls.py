"""Functions and methods of the small Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from palestra.envs.families.code.operations import MAX_ITEMS, EvaluationError


def _range(*bounds: int) -> list[int]:
    found = range(*bounds)
    if len(found) > MAX_ITEMS:
        raise EvaluationError("a range of too many numbers")
    return list(found)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "all": all,
    "any": any,
    "dict": dict,
    "enumerate": enumerate,
    "int": int,
    "len": len,
    "list": list,
    "max": max,
    "min": min,
    "range": _range,
    "set": set,
    "sorted": sorted,
    "str": str,
    "sum": sum,
}

METHODS: dict[str, tuple[type, ...]] = {
    "add": (set,),
    "append": (list,),
    "count": (list, str),
    "endswith": (str,),
    "get": (dict,),
    "index": (list,),
    "insert": (list,),
    "items": (dict,),
    "join": (str,),
    "keys": (dict,),
    "lower": (str,),
    "pop": (list,),
    "split": (str,),
    "startswith": (str,),
    "upper": (str,),
    "values": (dict,),
}
"""Which types have a method."""
