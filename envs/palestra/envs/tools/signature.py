"""From the signature of a Python function to JSON Schema, and from JSON arguments to its parameters."""

from __future__ import annotations

import dataclasses
import inspect
import re
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from palestra.verifiers.text.json_value import Json, equal_json, type_name

_PLAIN: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
_SECTION = re.compile(r"^(Args|Returns|Yields|Raises|Example|Examples|Note|Source):", re.MULTILINE)
_ARGUMENT = re.compile(r"^ {4}(\w+): (.+(?:\n {5,}.+)*)", re.MULTILINE)
_LARGEST = 2**63 - 1  # what databases and other languages hold


class ArgumentError(ValueError):
    """Arguments do not fit; the message says which and why, for the policy to read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Signature:
    """The parameters of a tool."""

    description: str
    """What the docstring says ahead of `Args:`."""
    schema: Mapping[str, Json]
    """JSON Schema of the arguments' object; no other keys are allowed."""
    types: Mapping[str, Any]
    """The Python type of each parameter."""
    required: frozenset[str]
    """Parameters without a default."""

    @classmethod
    def of(cls, function: Callable[..., Any]) -> Signature:
        """Read the signature and the Google docstring of a function or bound method.

        Raises:
            TypeError: A parameter has no type, or one that JSON does not know.
        """
        return _read(getattr(function, "__func__", function))

    def checked(self, function: Callable[..., object]) -> Callable[[Mapping[str, Json]], object]:
        """The function, called with the arguments of a call.

        Raises:
            ArgumentError: Where it is called, as `read`.
        """
        return lambda arguments: function(**self.read(arguments))

    def read(self, arguments: Mapping[str, Json]) -> dict[str, object]:
        """The values of a call's arguments, each of its parameter's type. Nothing is repaired: `"3"` is no integer.

        Raises:
            ArgumentError: One is missing, unknown, or of another type.
        """
        for name in arguments:
            if name not in self.types:
                known = ", ".join(self.types) or "none"
                raise ArgumentError(f"there is no argument `{name[:80]}`; the arguments are: {known}")
        if missing := [name for name in self.types if name in self.required and name not in arguments]:
            raise ArgumentError(f"argument `{missing[0]}` is missing")
        return {name: _value(value, self.types[name], name) for name, value in arguments.items()}


@lru_cache(maxsize=1024)
def _read(function: Callable[..., Any]) -> Signature:
    hints = _hints(function)
    parameters = [p for p in inspect.signature(function).parameters.values() if p.name != "self"]
    for parameter in parameters:
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise TypeError(f"tool `{function.__name__}`: parameter `{parameter.name}` cannot be given by name")
        if parameter.name not in hints:
            raise TypeError(f"tool `{function.__name__}`: parameter `{parameter.name}` has no type")
    types_by_name = {parameter.name: hints[parameter.name] for parameter in parameters}
    required = [p.name for p in parameters if p.default is p.empty]
    sections = _sections(inspect.getdoc(function) or "")
    notes = {name: " ".join(note.split()) for name, note in _ARGUMENT.findall(sections.get("Args", ""))}
    properties = {name: _noted(_schema(hint), notes.get(name)) for name, hint in types_by_name.items()}
    schema: dict[str, Json] = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        schema["required"] = required
    return Signature(
        description=" ".join(sections[""].split()),
        schema=schema,
        types=types_by_name,
        required=frozenset(required),
    )


def _hints(function: Callable[..., Any]) -> Mapping[str, Any]:
    """The types of a function; they are looked up only where they are written as text, since that takes long."""
    written = function.__annotations__
    return get_type_hints(function) if any(isinstance(hint, str) for hint in written.values()) else written


def _sections(text: str) -> dict[str, str]:
    """The sections of a docstring by title; what stands ahead of them is that of no title."""
    first, *rest = _SECTION.split(text)
    return {"": first, **dict(zip(rest[::2], rest[1::2], strict=True))}


def _noted(schema: dict[str, Json], note: str | None) -> dict[str, Json]:
    return {**schema, "description": note} if note else schema


def _schema(hint: Any) -> dict[str, Json]:
    if hint in _PLAIN:
        return {"type": _PLAIN[hint]}
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        names = list(dict.fromkeys(_PLAIN[type(arg)] for arg in args))
        return {"type": names[0] if len(names) == 1 else names, "enum": list(args)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema(arg) for arg in args]}
    if origin is Sequence or (origin is tuple and args[1:] == (...,)):
        return {"type": "array", "items": _schema(args[0])}
    if origin in (dict, Mapping) and args[0] is str:
        return {"type": "object", "additionalProperties": _schema(args[1])}
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return {"type": "string", "enum": [member.value for member in hint]}
    if dataclasses.is_dataclass(hint):
        hints = get_type_hints(hint)
        fields = dataclasses.fields(hint)
        return {
            "type": "object",
            "properties": {f.name: _schema(hints[f.name]) for f in fields},
            "required": [f.name for f in fields if _is_required(f)],
            "additionalProperties": False,
        }
    raise TypeError(f"a tool cannot take `{hint}`\n\nhint: texts, numbers, truth values, lists, records and choices")


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _value(value: Json, hint: Any, path: str) -> object:
    """The value as its parameter's type."""
    if hint in _PLAIN:
        return _plain(value, hint, path)
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return _choice(value, args, path)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(str(_choice(value, tuple(member.value for member in hint), path)))
    if origin in (Union, types.UnionType):
        return _any_of(value, args, path)
    if origin in (Sequence, tuple):
        return _array(value, args[0], path)
    if not isinstance(value, Mapping):
        raise _misfit(value, "object", path)
    if origin in (dict, Mapping):
        return {_text(key, path): _value(item, args[1], f"{path}.{key}") for key, item in value.items()}
    return _record(value, hint, path)


def _array(value: Json, hint: Any, path: str) -> tuple[object, ...]:
    if not isinstance(value, list | tuple):
        raise _misfit(value, "array", path)
    return tuple(_value(item, hint, f"{path}[{index}]") for index, item in enumerate(value))


def _choice(value: Json, choices: tuple[Json, ...], path: str) -> Json:
    for choice in choices:
        if equal_json(value, choice):
            return choice
    raise ArgumentError(f"`{path}` must be one of {', '.join(map(str, choices))}")


def _plain(value: Json, hint: Any, path: str) -> object:
    found = type_name(value)
    if hint in (int, float) and found in ("integer", "number"):
        return _number(cast(float, value), hint, path)
    if hint is str and found == "string":
        return _text(cast(str, value), path)
    if hint in (bool, type(None)) and found == _PLAIN[hint]:
        return value
    raise _misfit(value, _PLAIN[hint], path)


def _number(value: float, hint: Any, path: str) -> float:
    if not abs(value) <= _LARGEST:
        raise ArgumentError(f"`{path}` is too large")
    if hint is int and value != int(value):
        raise _misfit(value, "integer", path)
    return int(value) if hint is int else float(value)


def _text(value: str, path: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which no file and no database takes
        raise ArgumentError(f"`{path}` holds a character that is no Unicode") from None
    return value


def _any_of(value: Json, hints: tuple[Any, ...], path: str) -> object:
    faults = []
    for hint in hints:
        try:
            return _value(value, hint, path)
        except ArgumentError as error:
            faults.append(str(error))
    raise ArgumentError(faults[0])


@lru_cache(maxsize=1024)
def _field_types(record_type: Any) -> Mapping[str, Any]:
    return get_type_hints(record_type)


def _record(value: Mapping[str, Json], hint: Any, path: str) -> object:
    hints = _field_types(hint)
    fields = {field.name: field for field in dataclasses.fields(hint)}
    if unknown := [key for key in value if key not in fields]:
        raise ArgumentError(f"`{path}` has no `{unknown[0][:80]}`; it has {', '.join(fields)}")
    if missing := [name for name, field in fields.items() if _is_required(field) and name not in value]:
        raise ArgumentError(f"`{path}.{missing[0]}` is missing")
    values = {key: _value(item, hints[key], f"{path}.{key}") for key, item in value.items()}
    try:
        return hint(**values)
    except ValueError as error:
        raise ArgumentError(f"`{path}`: {error}") from None


def _misfit(value: Json, wanted: str, path: str) -> ArgumentError:
    return ArgumentError(f"`{path}` must be of type {wanted}, not {type_name(value)}")
