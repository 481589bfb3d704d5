"""References that are records: frozen dataclasses as one line of JSON, read back strictly."""

from __future__ import annotations

import dataclasses
import json
import types
from collections.abc import Callable, Hashable
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
    return _ENCODER.encode(_fields(record))


def decode(record_type: type[RecordT], text: str) -> RecordT:
    """Read what `encode` wrote, with every type as declared.

    Raises:
        ValueError: The text is no such record.
    """
    return cast(RecordT, _record(record_type, parse_object(text)))


def _fields(record: object) -> dict[str, object]:
    if not dataclasses.is_dataclass(record):
        raise TypeError(f"a record must be a dataclass, got {type(record).__name__}")
    return {name: getattr(record, name) for name in _names(cast(Hashable, type(record)))}


@cache
def _names(record_type: Hashable) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(cast("type[Any]", record_type)))


_ENCODER = json.JSONEncoder(separators=(",", ":"), default=_fields)
Reader = Callable[[object, str], Any]
"""Makes the value of a field out of JSON: takes it and the field's name, for the error."""


def _record(record_type: type[Any], row: dict[str, object]) -> Any:
    readers = _readers(cast(Hashable, record_type))
    if row.keys() != readers.keys():
        raise ValueError(f"a {record_type.__name__} has the keys {', '.join(readers)}; got {', '.join(row)[:200]}")
    return record_type(**{name: read(row[name], name) for name, read in readers.items()})


@cache
def _readers(record_type: Hashable) -> dict[str, Reader]:
    hints = get_type_hints(record_type)
    return {field.name: _reader(hints[field.name]) for field in dataclasses.fields(cast("type[Any]", record_type))}


def _reader(hint: Any) -> Reader:
    """What reads values of a type: chosen once for a field, since to look at a type takes longer than to read."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is tuple:
        return _all_reader(hint, args[0]) if args[1:] == (Ellipsis,) else _tuple_reader(hint, args)
    if origin is dict:
        return _dict_reader(hint, args[1])
    if origin in (Union, types.UnionType):
        (some,) = (_reader(arg) for arg in args if arg is not type(None))
        return lambda value, name: None if value is None and type(None) in args else some(value, name)
    if dataclasses.is_dataclass(hint):
        record_type = cast("type[Any]", hint)
        return lambda value, name: _record(record_type, value) if isinstance(value, dict) else _plain(hint, value, name)
    return lambda value, name: value if type(value) is hint else _plain(hint, value, name)


def _plain(hint: Any, value: object, name: str) -> Any:
    if type(value) is hint or (hint is float and type(value) is int):
        return value
    raise ValueError(f"`{name}` must be {getattr(hint, '__name__', hint)}, got {str(value)[:80]!r}")


def _dict_reader(hint: Any, item: Any) -> Reader:
    read_item = _reader(item)

    def read(value: object, name: str) -> Any:
        if not isinstance(value, dict):
            return _plain(hint, value, name)
        return {key: read_item(one, name) for key, one in value.items()}

    return read


def _all_reader(hint: Any, item: Any) -> Reader:
    read_item, is_simple = _reader(item), item in (int, str)

    def read(value: object, name: str) -> Any:
        if not isinstance(value, list):
            return _plain(hint, value, name)
        if is_simple and set(map(type, value)) <= {item}:  # the usual case, and the large one
            return tuple(value)
        return tuple([read_item(one, name) for one in value])

    return read


def _tuple_reader(hint: Any, items: tuple[Any, ...]) -> Reader:
    read_items = [_reader(item) for item in items]

    def read(value: object, name: str) -> Any:
        if not isinstance(value, list):
            return _plain(hint, value, name)
        if len(read_items) != len(value):
            raise ValueError(f"`{name}` needs {len(read_items)} items, got {len(value)}")
        return tuple([read_item(one, name) for read_item, one in zip(read_items, value, strict=True)])

    return read
