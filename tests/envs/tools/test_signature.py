from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, get_args, get_origin, get_type_hints

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palestra.envs.tools import Effect, Tool
from palestra.envs.tools.signature import ArgumentError, Signature
from palestra.verifiers.text.json_value import Json


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, kw_only=True, slots=True)
class Seat:
    row: int
    letter: Literal["A", "B", "C"] = "A"
    notes: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.row < 1:
            raise ValueError("rows are counted from 1")


@dataclass(frozen=True, kw_only=True, slots=True)
class Trip:
    seats: tuple[Seat, ...]
    fares: Mapping[str, float] = field(default_factory=dict)


def book(  # noqa: PLR0913  one of every type
    name: str,
    count: int,
    price: float = 1.0,
    is_paid: bool = False,
    colour: Colour = Colour.RED,
    level: Literal[1, "high", None] = None,
    trip: Trip | None = None,
    tags: Sequence[str | int] = (),
    limits: Mapping[str, tuple[int, ...]] | None = None,
) -> str:
    """Book a trip
    for somebody.

    Args:
        name: Who travels: first and
            last name.
        count: How many persons.

    Returns:
        A number.

    Raises:
        ToolError: It is full.
    """
    return f"{name} {count} {price} {is_paid} {colour} {level} {trip} {tags} {limits}"


SIGNATURE = Signature.of(book)
VALIDATOR = jsonschema.Draft202012Validator(dict(SIGNATURE.schema))
HINTS = {name: hint for name, hint in get_type_hints(book).items() if name != "return"}

leaves = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4)
    | st.sampled_from(["red", "blue", "A", "high"])
)
keys = st.sampled_from([*HINTS, "seats", "row", "letter", "fares", "notes"]) | st.text(max_size=3)
values: st.SearchStrategy[Any] = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=8
)
seats = st.fixed_dictionaries(
    {"row": st.integers(0, 9)},
    optional={"letter": st.sampled_from("ABCD"), "notes": st.lists(st.text(max_size=3), max_size=2)},
)
trips = st.fixed_dictionaries(
    {"seats": st.lists(seats, max_size=2)},
    optional={"fares": st.dictionaries(st.text(max_size=2), st.floats(0, 9) | st.integers(0, 9), max_size=2)},
)
likely = st.fixed_dictionaries(
    {"name": st.text(max_size=3), "count": st.integers(-3, 3) | st.sampled_from([2.0, 2.5, True])},
    optional={
        "price": st.integers(0, 9) | st.floats(0, 9),
        "is_paid": st.booleans() | st.integers(0, 1),
        "colour": st.sampled_from(["red", "blue", "grey"]),
        "level": st.sampled_from([1, 1.0, True, "high", "low", None]),
        "trip": trips | st.none(),
        "tags": st.lists(st.text(max_size=2) | st.integers(0, 9) | st.none(), max_size=3),
        "limits": st.none() | st.dictionaries(st.text(max_size=2), st.lists(st.integers(0, 9), max_size=2), max_size=2),
    },
)


@given(st.dictionaries(keys, values, max_size=5) | likely)
@settings(max_examples=500)
def test_arguments_are_read_as_their_types_or_refused(arguments: dict[str, Json]) -> None:
    try:
        read = SIGNATURE.read(arguments)
    except ArgumentError as error:
        assert str(error)
        return
    assert read.keys() == arguments.keys()
    for name, value in read.items():
        assert fits(value, HINTS[name]), (name, value)
    VALIDATOR.validate(arguments)


@given(likely)
@settings(max_examples=300)
def test_what_the_schema_allows_is_read(arguments: dict[str, Json]) -> None:
    if VALIDATOR.is_valid(arguments):
        try:
            SIGNATURE.read(arguments)
        except ArgumentError as error:
            assert "counted from 1" in str(error)  # what a record itself checks, no schema tells


def test_schemas_are_json_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(dict(SIGNATURE.schema))
    assert SIGNATURE.schema["required"] == ["name", "count"]


def test_the_docstring_describes_tool_and_arguments() -> None:
    spec = Tool.of(book, Effect.WRITE).spec
    assert (spec.name, spec.description) == ("book", "Book a trip for somebody.")
    notes = {name: (spec.parameter(name) or {}).get("description") for name in ("name", "count", "price")}
    assert notes == {"name": "Who travels: first and last name.", "count": "How many persons.", "price": None}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"name": "x"}, "argument `count` is missing"),
        ({"name": "x", "count": 1, "nmae": 2}, "no argument `nmae`; the arguments are: name, count"),
        ({"name": "x", "count": "1"}, "`count` must be of type integer, not string"),
        ({"name": "x", "count": True}, "`count` must be of type integer, not boolean"),
        ({"name": "x", "count": 1 << 63}, "`count` is too large"),
        ({"name": "x", "count": 1, "price": 10**400}, "`price` is too large"),
        ({"name": "x", "count": 1, "price": float("inf")}, "`price` is too large"),
        ({"name": "\ud800", "count": 1}, "`name` holds a character"),
        ({"name": "x", "count": 1, "colour": "grey"}, "`colour` must be one of red, blue"),
        ({"name": "x", "count": 1, "trip": {"seats": [{"row": 0}]}}, "rows are counted from 1"),
        ({"name": "x", "count": 1, "trip": {"seats": [{}]}}, "`trip.seats[0].row` is missing"),
        ({"name": "x", "count": 1, "trip": {"seats": [{"row": 1, "w": 1}]}}, "`trip.seats[0]` has no `w`"),
    ],
)
def test_refusals_say_what_is_wrong(arguments: dict[str, Json], reason: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        SIGNATURE.read(arguments)
    assert reason in str(caught.value)


def test_parameters_that_json_does_not_know_are_refused() -> None:
    def untyped(x) -> None:  # type: ignore[no-untyped-def]
        """Does nothing."""

    def many(*names: str) -> None:
        """Does nothing."""

    def odd(x: complex) -> None:
        """Does nothing."""

    for function in (untyped, many, odd):
        with pytest.raises(TypeError):
            Signature.of(function)


def fits(value: object, hint: Any) -> bool:
    """Whether a value is of a type, as a type checker sees it."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return any(value == arg and type(value) is type(arg) for arg in args)
    if origin in (Sequence, tuple):
        return isinstance(value, tuple) and all(fits(item, args[0]) for item in value)
    if origin is Mapping:
        return isinstance(value, dict) and all(fits(item, args[1]) for item in value.values())
    if origin is not None:
        return any(fits(value, arg) for arg in args)
    if dataclasses.is_dataclass(hint):
        hints = get_type_hints(hint)
        return type(value) is hint and all(fits(getattr(value, name), inner) for name, inner in hints.items())
    return type(value) is hint
