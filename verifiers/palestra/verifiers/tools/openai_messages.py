"""Assistant messages of OpenAI's API, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from palestra.verifiers.answer import quote
from palestra.verifiers.text.json_value import Json, JsonError, decode_json, read_json, skip_space
from palestra.verifiers.tools.call import ToolCall, ToolSpec
from palestra.verifiers.tools.call_object import read_call
from palestra.verifiers.tools.codec import ToolCodec, check_count, compact, tool_lines
from palestra.verifiers.tools.parsed import Calls, CallSyntaxError, NoCalls, Parsed
from palestra.verifiers.tools.visible import after_thinking, without_spans


class OpenAIMessageCodec(ToolCodec):
    r"""A message such as `{"role": "assistant", "tool_calls": [...]}`, whose arguments are JSON in a text.

        >>> OpenAIMessageCodec().render_call(ToolCall(name="add", arguments={"a": 1}, id="c1"))[:60]
        '{"role": "assistant", "content": null, "tool_calls": [{"id":'

    Source: https://platform.openai.com/docs/api-reference/chat/create
    """

    name: ClassVar[str] = "openai"

    def render_tools(self, tools: Sequence[ToolSpec]) -> str:
        """The tools as lines of JSON, and the message that calls them."""
        call = {"id": "call_0", "type": "function", "function": {"name": "<name>", "arguments": "<JSON in a text>"}}
        message = compact({"role": "assistant", "content": None, "tool_calls": [call]})
        return (
            f"# Tools\n\nThese functions can be called:\n{tool_lines(tools)}\n\n"
            f"To call them, reply with one JSON message and nothing else:\n{message}"
        )

    def render_calls(self, calls: Sequence[ToolCall]) -> str:
        """The assistant's message."""
        rows = [
            {
                "id": call.id or f"call_{index}",
                "type": "function",
                "function": {"name": call.name, "arguments": json.dumps(call.arguments, ensure_ascii=False)},
            }
            for index, call in enumerate(calls)
        ]
        return compact({"role": "assistant", "content": None, "tool_calls": rows})

    def render_result(self, call: ToolCall, content: str) -> str:
        """The tool's message."""
        return compact({"role": "tool", "tool_call_id": call.id, "content": content})

    def read(self, text: str, tools: tuple[ToolSpec, ...]) -> Parsed:
        """Read the message; a text that is no object is an answer without calls."""
        del tools
        start = after_thinking(text)
        if text[start : start + 1] != "{":
            return NoCalls(content=without_spans(text, []))
        span = (start, len(text))
        try:
            message, end = decode_json(text, start)
        except JsonError as error:
            raise CallSyntaxError(str(error), span, is_cut=error.is_cut) from None
        if skip_space(text, end) < len(text):
            raise CallSyntaxError("text behind the message", (end, len(text)))
        assert isinstance(message, Mapping), "it begins with a brace"
        content = message.get("content")
        beside = content if isinstance(content, str) else ""
        rows = message.get("tool_calls")
        if rows in (None, []):
            return NoCalls(content=beside)
        if not isinstance(rows, list):
            raise CallSyntaxError("`tool_calls` must be an array", span)
        check_count(len(rows), span)
        calls = tuple(_read_row(row, index, span) for index, row in enumerate(rows))
        return Calls(
            calls=tuple(replace(call, raw=text[start:end], span=(start, end)) for call in calls), content=beside
        )


def _read_row(row: Json, index: int, span: tuple[int, int]) -> ToolCall:
    function = row.get("function") if isinstance(row, Mapping) else None
    if not isinstance(row, Mapping) or not isinstance(function, Mapping) or row.get("type", "function") != "function":
        raise CallSyntaxError(f"`tool_calls` {index} is no call of a function", span)
    arguments = function.get("arguments", "")
    if not isinstance(arguments, str):
        raise CallSyntaxError(f"the arguments of `tool_calls` {index} must be JSON in a text", span)
    try:
        values = read_json(arguments) if arguments.strip() else {}
        return read_call({**function, "arguments": values, "id": row.get("id")}, index)
    except ValueError as error:
        raise CallSyntaxError(f"in `tool_calls` {index}: {quote(str(error))}", span) from None
