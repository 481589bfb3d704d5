"""JSON that keeps what Python has and JSON has not: tuples, sets, keys that are no text, fractions, bytes, dates."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any

_TAG = "__python__"


def dump(value: object) -> str:
    """The value as JSON text; `load` gives an equal one of the same types.

    >>> load(dump({"at": (1, 2), 3: {"x"}}))
    {'at': (1, 2), 3: {'x'}}

    Raises:
        TypeError: It holds something else than JSON's types, tuples, sets, dicts, exact numbers, bytes and dates.
    """
    return json.dumps(_plain(value), separators=(",", ":"))


def load(text: str) -> Any:
    """Read what `dump` wrote.

    Raises:
        ValueError: The text is not from `dump`.
    """
    try:
        return _python(json.loads(text))
    except (TypeError, KeyError, RecursionError) as error:
        raise ValueError(f"no tagged JSON: {error}") from None


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return _plain(value.value)
    if value is None or isinstance(value, str | bool | int | float):
        return getattr(value, "item", lambda: value)()  # a float of numpy is a float, and still not plain
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict) and _TAG not in value and all(isinstance(key, str) for key in value):
        return {key: _plain(item) for key, item in value.items()}
    return _tagged(value)


def _tagged(value: object) -> object:
    if isinstance(value, dict):
        return {_TAG: "dict", "items": [[_plain(key), _plain(item)] for key, item in value.items()]}
    if isinstance(value, tuple):
        return {_TAG: "tuple", "items": [_plain(item) for item in value]}
    if isinstance(value, set | frozenset):
        kind = "set" if isinstance(value, set) else "frozenset"
        return {_TAG: kind, "items": sorted((_plain(item) for item in value), key=json.dumps)}
    if isinstance(value, bytes):
        return {_TAG: "bytes", "items": base64.b64encode(value).decode()}
    if isinstance(value, Fraction | Decimal | complex):
        return {_TAG: type(value).__name__.lower(), "items": str(value)}
    if isinstance(value, datetime | date):
        return {_TAG: type(value).__name__, "items": value.isoformat()}
    if callable(unboxed := getattr(value, "item", None)) and getattr(value, "ndim", None) == 0:
        return _plain(unboxed())
    raise TypeError(f"`{type(value).__name__}` cannot be kept as JSON")


_MAKE: dict[str, Callable[[Any], object]] = {
    "dict": lambda items: {_python(key): _python(item) for key, item in items},
    "tuple": lambda items: tuple(_python(item) for item in items),
    "set": lambda items: {_python(item) for item in items},
    "frozenset": lambda items: frozenset(_python(item) for item in items),
    "bytes": base64.b64decode,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "fraction": Fraction,
    "decimal": Decimal,
    "complex": complex,
}


def _python(value: Any) -> object:
    if isinstance(value, list):
        return [_python(item) for item in value]
    if isinstance(value, dict):
        if _TAG in value:
            return _MAKE[value[_TAG]](value["items"])
        return {key: _python(item) for key, item in value.items()}
    return value
