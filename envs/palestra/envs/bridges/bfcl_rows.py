"""Rows of the Berkeley Function Calling Leaderboard, version 4, as its package carries them.

Nothing of the package is run to read them: the files are data.
Source: https://gorilla.cs.berkeley.edu/leaderboard.html (Apache-2.0), package `bfcl-eval`.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from palestra.envs.bridges.peer import Peer
from palestra.envs.errors import DataError, MissingPackageError
from palestra.verifiers.text.json_value import Json
from palestra.verifiers.tools.call import ToolSpec

PEER = Peer(module="bfcl_eval", package="bfcl-eval")
CALLS: Final = (
    *("simple_python", "multiple", "parallel", "parallel_multiple"),
    *("live_simple", "live_multiple", "live_parallel", "live_parallel_multiple"),
    *("simple_java", "simple_javascript"),
)
"""Categories whose answer is a set of calls."""
REFUSALS: Final = ("irrelevance", "live_irrelevance")
"""Categories whose answer is that no tool fits; whoever never calls one passes all of them."""
TALKS: Final = ("multi_turn_base", "multi_turn_miss_func", "multi_turn_miss_param", "multi_turn_long_context")
"""Categories of several requests in a world with a state."""

_TYPES: Final[Mapping[str, str | None]] = {
    **dict.fromkeys(("dict", "object", "HashMap", "Hashtable"), "object"),
    **dict.fromkeys(("array", "tuple", "list", "Array", "ArrayList", "Queue", "Stack", "Set"), "array"),
    **dict.fromkeys(("integer", "long", "short", "byte", "Bigint"), "integer"),
    **dict.fromkeys(("float", "double", "number"), "number"),
    **dict.fromkeys(("boolean", "bool", "Boolean"), "boolean"),
    **dict.fromkeys(("string", "String", "char"), "string"),
    **dict.fromkeys(("any", "Any", ""), None),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class BfclRow:
    """One row of a category."""

    name: str
    system: str
    turns: tuple[tuple[str, ...], ...]
    """What the user says in each turn; none where tools come instead."""
    tools: tuple[ToolSpec, ...]
    answers: tuple[Mapping[str, Any], ...] = ()
    """Of single turns: for each call its name and, for each argument, what is right."""
    gold: tuple[tuple[tuple[str, tuple[Json, ...], Mapping[str, Json]], ...], ...] = ()
    """Of several turns: the right calls of each, as name, arguments by place, and arguments by name."""
    late_tools: Mapping[int, tuple[ToolSpec, ...]] | None = None
    """Tools that come with a turn."""
    classes: tuple[str, ...] = ()
    initial: Mapping[str, Any] | None = None
    is_long: bool = False


@lru_cache(maxsize=32)
def rows_of(category: str) -> Mapping[str, BfclRow]:
    """The rows of a category by name.

    Raises:
        MissingPackageError: bfcl-eval is not installed.
        DataError: It holds something else than is expected.
    """
    found = {}
    golds = {} if category in REFUSALS else {row["id"]: row["ground_truth"] for row in _lines(_ANSWERS, category)}
    for row in _lines("", category):
        try:
            made = _talk(row, golds[row["id"]], category) if category in TALKS else _single(row, golds.get(row["id"]))
        except (KeyError, TypeError, ValueError, SyntaxError) as error:
            raise DataError(f"row `{row.get('id')}` of `{category}` cannot be read: {error!r:.200}") from error
        found[made.name] = made
    return found


_ANSWERS = "possible_answer/"
_DOCUMENTS: Final[Mapping[str, str]] = {
    "GorillaFileSystem": "gorilla_file_system",
    "MathAPI": "math_api",
    "MessageAPI": "message_api",
    "TwitterAPI": "posting_api",
    "TicketAPI": "ticket_api",
    "TradingBot": "trading_bot",
    "TravelAPI": "travel_booking",
    "VehicleControlAPI": "vehicle_control",
}
"""The module, and the file of tools, of each class of the worlds."""


def module_of(class_name: str) -> str:
    """Where a class of the worlds is, below the package."""
    return f"eval_checker.multi_turn_eval.func_source_code.{_DOCUMENTS[class_name]}"


def _single(row: Mapping[str, Any], answers: Sequence[Mapping[str, Any]] | None) -> BfclRow:
    (messages,) = row["question"]
    system = "\n".join(message["content"] for message in messages if message["role"] == "system")
    said = tuple(
        message["content"] if message["role"] == "user" else f"[{message['role']}] {message['content']}"
        for message in messages
        if message["role"] != "system"
    )
    tools = tuple(_spec(tool) for tool in row["function"])
    return BfclRow(name=row["id"], system=system, turns=(said,), tools=tools, answers=tuple(answers or ()))


def _talk(row: Mapping[str, Any], gold: Sequence[Sequence[str]], category: str) -> BfclRow:
    left_out = set(row.get("excluded_function", ()))
    specs = {spec.name: spec for name in row["involved_classes"] for spec in _documented(name)}
    late = {int(turn): tuple(specs[name] for name in names) for turn, names in row.get("missed_function", {}).items()}
    held_back = {spec.name for found in late.values() for spec in found}
    return BfclRow(
        name=row["id"],
        system="",
        turns=tuple(tuple(message["content"] for message in turn) for turn in row["question"]),
        tools=tuple(spec for spec in specs.values() if spec.name not in left_out | held_back),
        gold=tuple(tuple(_gold_call(text) for text in turn) for turn in gold),
        late_tools=late,
        classes=tuple(row["involved_classes"]),
        initial=row["initial_config"],
        is_long="long_context" in category,
    )


@lru_cache(maxsize=16)
def _documented(class_name: str) -> tuple[ToolSpec, ...]:
    return tuple(_spec(tool) for tool in _lines("multi_turn_func_doc/", _DOCUMENTS[class_name], prefix=""))


def _gold_call(text: str) -> tuple[str, tuple[Json, ...], Mapping[str, Json]]:
    """A right call, read as literals and never evaluated."""
    call = ast.parse(text, mode="eval").body
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        raise ValueError(f"`{text[:80]}` is no call")
    by_place = tuple(ast.literal_eval(value) for value in call.args)
    by_name = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
    return call.func.id, by_place, by_name


def _spec(tool: Mapping[str, Any]) -> ToolSpec:
    return ToolSpec(name=tool["name"], description=tool["description"], parameters=_schema(tool["parameters"]))


def _schema(schema: Mapping[str, Any]) -> dict[str, Json]:
    """JSON Schema of a schema whose types have the names of Python, Java or JavaScript."""
    found: dict[str, Json] = {}
    for key, value in schema.items():
        if key == "type":
            kind = _TYPES[value]
            if kind is not None:
                found["type"] = kind
        elif key == "properties":
            found[key] = {name: _schema(one) for name, one in value.items()}
        elif key in ("items", "additionalProperties") and isinstance(value, Mapping):
            found[key] = _schema(value)
        else:
            found[key] = value
    return found


def _lines(folder: str, name: str, *, prefix: str = "BFCL_v4_") -> list[dict[str, Any]]:
    try:
        path = files(PEER.module).joinpath("data", *folder.split("/")[:-1], f"{prefix}{name}.json")
    except ModuleNotFoundError:
        raise MissingPackageError(
            f"the package `{PEER.package}` is not installed\n\nhint: pip install {PEER.package}"
        ) from None
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise DataError(f"`{path}` cannot be read: {error}") from error
