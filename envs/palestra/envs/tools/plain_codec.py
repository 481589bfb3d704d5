"""Calls as plain JSON and results as they are: for programs, which need no format around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from palestra.verifiers.text.json_value import JsonError, read_json
from palestra.verifiers.tools.call import ToolCall, ToolSpec
from palestra.verifiers.tools.call_object import read_call
from palestra.verifiers.tools.codec import ToolCodec, compact
from palestra.verifiers.tools.parsed import Calls, CallSyntaxError, NoCalls, Parsed


class PlainCodec(ToolCodec):
    """A JSON array of `{"name": ..., "arguments": {...}}`; a result is its text alone, and no tools are told.

    >>> PlainCodec().render_call(ToolCall(name="add", arguments={"a": 1}))
    '[{"name": "add", "arguments": {"a": 1}}]'
    """

    name: ClassVar[str] = "plain"

    def render_tools(self, tools: Sequence[ToolSpec]) -> str:
        """Nothing: whoever writes this format knows the tools."""
        del tools
        return ""

    def render_calls(self, calls: Sequence[ToolCall]) -> str:
        """The array."""
        return compact([{"name": call.name, "arguments": call.arguments} for call in calls])

    def render_result(self, call: ToolCall, content: str) -> str:
        """The content."""
        del call
        return content

    def read(self, text: str, tools: tuple[ToolSpec, ...]) -> Parsed:
        """Read the array; another text is an answer without calls."""
        del tools
        if not text.lstrip().startswith("["):
            return NoCalls(content=text)
        span = (0, len(text))
        try:
            rows = read_json(text)
            if not isinstance(rows, list) or not rows or not all(isinstance(row, Mapping) for row in rows):
                return NoCalls(content=text)
            return Calls(calls=tuple(read_call(row, index) for index, row in enumerate(rows)))
        except JsonError as error:
            raise CallSyntaxError(str(error), span, is_cut=error.is_cut) from None
        except ValueError as error:
            raise CallSyntaxError(str(error), span) from None
