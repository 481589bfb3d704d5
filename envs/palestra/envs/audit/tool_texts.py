"""Calls and texts that deserve nothing of an environment with tools."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from palestra.verifiers.text.json_value import Json
from palestra.verifiers.tools.call import ToolCall, ToolSpec

CLAIMS = (
    "Done.",
    "I have done everything that was asked.",
    "yes",
    "no",
    "The task is complete; please close it.",
    "I cannot help with this request.",
    "submit",
    "submit()",
)

BROKEN = (
    "<tool_call>\n</tool_call>",
    "<tool_call>\n{}\n</tool_call>",
    '<tool_call>\n{"name": "submit", "arguments": 3}\n</tool_call>',
    '<tool_call>\n{"name": "submit", "arguments": {}}}\n</tool_call>',
    "</tool_call>",
    '{"tool_calls": [{"function": {"name": "submit"}}]}',
    "[submit(",
    "<function=submit></function></function>",
    "```bash\n```",
)

_WRONG_VALUES: tuple[Json, ...] = (
    None,
    True,
    -1,
    10**30,
    1.5,
    1e308,
    "",
    "\ud800",
    "\x00'; DROP TABLE users; --",
    "x" * 100_000,
    "../../../../etc/passwd",
    [],
    [[[]]],
    {},
    {"a": {"b": [None]}},
)


def sample_call(spec: ToolSpec) -> ToolCall:
    """A call with the required arguments, each the first value that its schema allows."""
    properties, required = _properties(spec), spec.parameters.get("required", ())
    names = [name for name in required if isinstance(name, str)] if isinstance(required, list | tuple) else []
    return ToolCall(name=spec.name, arguments={name: _sample(properties.get(name, {})) for name in names})


def wrong_calls(spec: ToolSpec) -> Iterator[ToolCall]:
    """Calls whose arguments are missing, unknown, or of every wrong kind."""
    properties = _properties(spec)
    yield ToolCall(name=spec.name, arguments={"nonsense": 1})
    yield ToolCall(name=f"{spec.name}_")
    fine = sample_call(spec).arguments
    for value in _WRONG_VALUES:
        yield ToolCall(name=spec.name, arguments=dict.fromkeys(properties, value))
        for name in properties:
            yield ToolCall(name=spec.name, arguments={**fine, name: value})


def cuts(text: str) -> Iterator[str]:
    """Beginnings of a text that end before it is complete."""
    for place in (len(text) // 4, len(text) // 2, len(text) * 3 // 4, len(text) - 1):
        yield text[:place]


def _properties(spec: ToolSpec) -> Mapping[str, Json]:
    found = spec.parameters.get("properties", {})
    return found if isinstance(found, Mapping) else {}


def _sample(schema: Json) -> Json:
    if not isinstance(schema, Mapping):
        return "x"
    choices, branches = schema.get("enum"), schema.get("anyOf")
    if isinstance(choices, list | tuple) and choices:
        first: Json = choices[0]
        return first
    if isinstance(branches, list | tuple) and branches:
        return _sample(branches[0])
    match schema.get("type"):
        case "integer" | "number":
            return 1
        case "boolean":
            return True
        case "array":
            return []
        case "object":
            return _object(schema)
        case "null":
            return None
    return "x"


def _object(schema: Mapping[str, Json]) -> Json:
    properties, required = schema.get("properties"), schema.get("required")
    if not (isinstance(properties, Mapping) and isinstance(required, list | tuple)):
        return {}
    return {str(name): _sample(properties.get(str(name))) for name in required}
