"""References that are records: frozen dataclasses as one line of JSON, read back strictly."""

from __future__ import annotations

import dataclasses
import json
import types
from collections.abc import Hashable
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from palestra.verifiers.reference import parse_object

RecordT = TypeVar("RecordT")


def encode(record: object) -> str:
    """A dataclass as JSON. Fields: str, int, float, bool, tuples, dicts with text keys, dataclasses, None.

    >>> @dataclasses.dataclass(frozen=True)
    ... class Edge:
    ...     ends: tuple[int, int]
    >>> encode(Edge(ends=(1, 2)))
    '{"ends":[1,2]}'
    >>> decode(Edge, '{"ends":[1,2]}')
    Edge(ends=(1, 2))
    """
    return json.dumps(_fields(record), separators=(",", ":"), default=_fields)


def decode(record_type: type[RecordT], text: str) -> RecordT:
    """Read what `encode` wrote, with every type as declared.

    Raises:
        ValueError: The text is no such record.
    """
    return cast(RecordT, _record(record_type, parse_object(text)))


def _fields(record: object) -> dict[str, object]:
    if not dataclasses.is_dataclass(record):
        raise TypeError(f"a record must be a dataclass, got {type(record).__name__}")
    return {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}


@cache
def _types(record_type: Hashable) -> dict[str, Any]:
    hints = get_type_hints(record_type)
    return {field.name: hints[field.name] for field in dataclasses.fields(cast("type[Any]", record_type))}


def _record(record_type: type[Any], row: dict[str, object]) -> Any:
    wanted = _types(cast(Hashable, record_type))
    if row.keys() != wanted.keys():
        raise ValueError(f"a {record_type.__name__} has the keys {', '.join(wanted)}; got {', '.join(row)[:200]}")
    return record_type(**{name: _value(hint, row[name], name) for name, hint in wanted.items()})


def _value(hint: Any, value: object, name: str) -> Any:
    origin = get_origin(hint)
    if origin is tuple and isinstance(value, list):
        return _tuple(get_args(hint), value, name)
    if origin is dict and isinstance(value, dict):
        return {key: _value(get_args(hint)[1], item, name) for key, item in value.items()}
    if origin in (Union, types.UnionType):
        if value is None and type(None) in get_args(hint):
            return None
        (some,) = (arg for arg in get_args(hint) if arg is not type(None))
        return _value(some, value, name)
    if dataclasses.is_dataclass(hint) and isinstance(value, dict):
        return _record(cast("type[Any]", hint), value)
    if type(value) is hint or (hint is float and type(value) is int):
        return value
    raise ValueError(f"`{name}` must be {getattr(hint, '__name__', hint)}, got {str(value)[:80]!r}")


def _tuple(args: tuple[Any, ...], items: list[Any], name: str) -> tuple[Any, ...]:
    if len(args) == 2 and args[1] is Ellipsis:
        if args[0] in (int, str) and set(map(type, items)) <= {args[0]}:  # the usual case, and the large one
            return tuple(items)
        return tuple(_value(args[0], item, name) for item in items)
    if len(args) != len(items):
        raise ValueError(f"`{name}` needs {len(args)} items, got {len(items)}")
    return tuple(_value(arg, item, name) for arg, item in zip(args, items, strict=True))
