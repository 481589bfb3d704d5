"""The tool calls in what a policy wrote, whatever their format."""

from __future__ import annotations

import json

from palestra.trainer.view.entries import Json
from palestra.verifiers.tools.codecs import CODECS
from palestra.verifiers.tools.parsed import Calls

_MARKS = {"hermes": "<tool_call>", "function-xml": "<function=", "fenced-bash": "```"}
"""What a text has that calls tools in a format. Formats that any JSON or Python could be are not looked for."""
_LONGEST = 200_000


def calls_of(response: str) -> list[Json]:
    """The calls of a response by name and arguments, `[[name, arguments], ...]`; arguments as indented JSON."""
    if len(response) > _LONGEST:
        return []
    for name, mark in _MARKS.items():
        if name in CODECS and mark in response:
            found = CODECS[name].parse(response)
            if isinstance(found, Calls):
                return [[call.name, _shown(dict(call.arguments))] for call in found.calls]
    return []


def _shown(arguments: dict[str, object]) -> str:
    if list(arguments) == ["command"] and isinstance(arguments["command"], str):
        return arguments["command"]
    return json.dumps(arguments, indent=1, ensure_ascii=False, default=str)
