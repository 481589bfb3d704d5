"""The contract of a codec: one way in which models write tool calls and read results."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from palestra.verifiers.text.json_value import show_json
from palestra.verifiers.tools.call import ToolCall, ToolSpec
from palestra.verifiers.tools.parsed import MAX_CALLS, CallSyntaxError, Malformed, Parsed
from palestra.verifiers.verifier import MAX_RESPONSE_CHARS


class ToolCodec(ABC):
    """Reads and writes the tool calls of one format. Stateless: one object serves all threads.

    Covered: `parse` is total on model text, in time linear in its length, evaluates nothing and repairs
    nothing. Not covered: whether a call is allowed, or fits its tool's schema.
    """

    name: ClassVar[str]
    """The key in `CODECS`, e.g. `hermes`."""

    @abstractmethod
    def render_tools(self, tools: Sequence[ToolSpec]) -> str:
        """The part of a system prompt that says which tools there are and how to call them."""

    @abstractmethod
    def render_calls(self, calls: Sequence[ToolCall]) -> str:
        """The text of a turn that makes these calls.

        Raises:
            ValueError: The format cannot write a call so that it is read again.
        """

    @abstractmethod
    def read(self, text: str, tools: tuple[ToolSpec, ...]) -> Parsed:
        """Read a text of at most `MAX_RESPONSE_CHARS` characters; callers use `parse`.

        Raises:
            CallSyntaxError: A call cannot be read.
        """

    @abstractmethod
    def render_result(self, call: ToolCall, content: str) -> str:
        """The observation that answers a call."""

    def writes(self, tools: Sequence[ToolSpec]) -> bool:
        """Whether the format can write calls of all these tools."""
        del tools
        return True

    def parse(self, text: str, tools: Sequence[ToolSpec] = ()) -> Parsed:
        """The calls of a text, or what stands in the way.

        Formats whose values are plain text read them by the schemas of `tools`.
        """
        if len(text) > MAX_RESPONSE_CHARS:
            return Malformed(reason=f"a text of {len(text)} characters", span=(0, len(text)))
        try:
            return self.read(text, tuple(tools))
        except CallSyntaxError as error:
            return error.to_parsed()

    def render_call(self, call: ToolCall) -> str:
        """The text of one call.

        Raises:
            ValueError: As `render_calls`.
        """
        return self.render_calls([call])


def check_count(num_calls: int, span: tuple[int, int]) -> None:
    """Refuse a text with too many calls.

    Raises:
        CallSyntaxError: There are more than `MAX_CALLS`.
    """
    if num_calls > MAX_CALLS:
        raise CallSyntaxError(f"more than {MAX_CALLS} calls", span)


def shield(content: str, tag: str) -> str:
    """A tool's text that cannot end the block it stands in, nor open another."""
    return content.replace(f"</{tag}", f"<\\/{tag}").replace(f"<{tag}", f"<\\{tag}")


def tool_lines(tools: Sequence[ToolSpec]) -> str:
    """One line of JSON for each tool, in the form of OpenAI's API."""
    return "\n".join(show_json(tool.to_openai()) for tool in tools)


def compact(value: object) -> str:
    """JSON on one line, with its characters as they are."""
    return json.dumps(value, ensure_ascii=False)
