"""Calls against the possible answers of the Berkeley leaderboard, compared as values.

An answer names, for each argument, the values that are right; an empty text among them says that the argument may
be left out. In records the same holds for each key. Texts are compared without case, spaces and the signs
`,./-_*^`, as the leaderboard does; numbers, truth values and lists as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from palestra.verifiers.text.json_value import Json
from palestra.verifiers.tools.call import ToolCall, ToolSpec, tool_by_name

_IGNORED = re.compile(r"[ ,./\-_*^]")
Answer = Mapping[str, Mapping[str, Sequence[Any]]]
"""One call: its name, and the right values of its arguments."""


def match(calls: Sequence[ToolCall], answers: Sequence[Answer], tools: Sequence[ToolSpec]) -> str:
    """Why the calls are not the right ones, in any order; empty where they are."""
    if len(calls) != len(answers):
        return f"{len(calls)} calls, {len(answers)} are right"
    fits = [[_why_not(call, answer, tools) for answer in answers] for call in calls]
    if _pairs_up([[not why for why in row] for row in fits]):
        return ""
    return next(why for row in fits for why in row if why)


def right_calls(answers: Sequence[Answer]) -> tuple[ToolCall, ...]:
    """Calls that fit, of the first right values."""
    found = []
    for answer in answers:
        ((name, arguments),) = answer.items()
        given = {key: _first(values) for key, values in arguments.items() if not _is_left_out(values)}
        found.append(ToolCall(name=name, arguments=given))
    return tuple(found)


def _why_not(call: ToolCall, answer: Answer, tools: Sequence[ToolSpec]) -> str:
    ((name, arguments),) = answer.items()
    if call.name != name:
        return f"`{call.name[:60]}` is not the right tool"
    spec = tool_by_name(tuple(tools), name)
    for key, value in call.arguments.items():
        if key not in arguments:
            return f"`{key[:60]}` is not asked for"
        declared = spec.parameter(key) if spec else None
        if not _is_one_of(value, arguments[key], (declared or {}).get("type")):
            return f"`{key[:60]}` has another value"
    missing = next((k for k, values in arguments.items() if k not in call.arguments and "" not in values), None)
    return f"`{missing}` is missing" if missing is not None else ""


def _is_one_of(value: Json, right: Sequence[Any], declared: Json = None) -> bool:
    if declared == "integer" and isinstance(value, float):
        return False
    return any(_is_same(value, one) for one in right)


def _is_same(value: Json, right: Any) -> bool:
    if isinstance(value, bool) or isinstance(right, bool):
        return value is right
    if isinstance(right, str):
        return isinstance(value, str) and _plain(value) == _plain(right)
    if isinstance(right, int | float):
        return isinstance(value, int | float) and value == right
    if isinstance(right, Mapping):
        return isinstance(value, Mapping) and _is_same_record(value, right)
    if isinstance(right, Sequence):
        if isinstance(value, str) or not isinstance(value, Sequence):
            return False
        return len(value) == len(right) and all(map(_is_same, value, right))
    return value is None and right is None


def _is_same_record(value: Mapping[str, Json], right: Mapping[str, Any]) -> bool:
    for key, one in value.items():
        if key not in right:
            return False
        choices = right[key]
        is_list = isinstance(choices, Sequence) and not isinstance(choices, str)
        if not (_is_same(one, choices) or (is_list and _is_one_of(one, choices))):
            return False
    return all(key in value or (isinstance(choices, list) and "" in choices) for key, choices in right.items())


def _plain(text: str) -> str:
    return _IGNORED.sub("", text).lower().replace("'", '"')


def _is_left_out(values: Sequence[Any]) -> bool:
    return all(value == "" for value in values)


def _first(values: Sequence[Any]) -> Json:
    return _example(next(value for value in values if value != ""))


def _example(right: Any) -> Json:
    """A value that `right` accepts."""
    if isinstance(right, Mapping):
        found: dict[str, Json] = {}
        for key, choices in right.items():
            if not isinstance(choices, list):
                found[key] = _example(choices)
            elif any(choice != "" for choice in choices):
                found[key] = _first(choices)
            elif not choices:
                found[key] = []
        return found
    if isinstance(right, list):
        return [_example(one) for one in right]
    value: Json = right
    return value


def _pairs_up(fits: Sequence[Sequence[bool]]) -> bool:
    """Whether every call can have an answer of its own."""
    taken: dict[int, int] = {}

    def place(call: int, seen: set[int]) -> bool:
        for answer, is_fit in enumerate(fits[call]):
            if is_fit and answer not in seen:
                seen.add(answer)
                if answer not in taken or place(taken[answer], seen):
                    taken[answer] = call
                    return True
        return False

    return all(place(call, set()) for call in range(len(fits)))
