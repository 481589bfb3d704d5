"""Shell commands in code fences, as agents without tool calls write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from palestra.verifiers.tools.call import ToolCall, ToolSpec
from palestra.verifiers.tools.codec import ToolCodec, check_count
from palestra.verifiers.tools.parsed import Calls, CallSyntaxError, NoCalls, Parsed
from palestra.verifiers.tools.visible import (
    FENCE,
    THINK,
    after_opened_thinking,
    check_hidden,
    closing_fence,
    hidden_end,
    without_spans,
)

TOOL, PARAMETER = "bash", "command"
_LANGUAGES = frozenset({"bash", "sh", "shell"})
_OPENING = re.compile(f"{THINK}|{FENCE}", re.MULTILINE)
_TICKS = re.compile(r"`{3,}")


class FencedBashCodec(ToolCodec):
    r"""A fence marked `bash`, `sh` or `shell` is a call of the tool `bash` with its lines as `command`.

    Other fences are a part of the text. A fence inside a command needs a longer fence around it.

        >>> FencedBashCodec().parse("List them:\n```bash\nls -l\n```").calls[0].arguments
        {'command': 'ls -l'}
    """

    name: ClassVar[str] = "fenced-bash"

    def writes(self, tools: Sequence[ToolSpec]) -> bool:
        """Of a tool `bash` with a `command`, and of no other."""
        return all(tool.name == TOOL and tool.parameter(PARAMETER) is not None for tool in tools)

    def render_tools(self, tools: Sequence[ToolSpec]) -> str:
        """How to run a command; the one tool needs no schema."""
        lines = [f"- {tool.name}: {tool.description}" for tool in tools]
        how = "To run commands in a shell, write them in a fence:\n```bash\ncommands\n```"
        return "\n".join((*lines, how))

    def render_calls(self, calls: Sequence[ToolCall]) -> str:
        """One fence for each call."""
        return "\n".join(map(_render, calls))

    def render_result(self, call: ToolCall, content: str) -> str:
        """The output in a fence that it cannot close."""
        del call
        fence = _fence_around(content)
        return f"{fence}output\n{content}\n{fence}"

    def read(self, text: str, tools: tuple[ToolSpec, ...]) -> Parsed:
        """Read the fences."""
        del tools
        calls: list[ToolCall] = []
        at = after_opened_thinking(text)
        num_blocks = 0
        while opening := _OPENING.search(text, at):
            num_blocks += 1
            check_hidden(num_blocks, opening.span())
            if opening[0] != THINK and opening["info"].strip().casefold() in _LANGUAGES:
                call = _read_fence(text, opening, len(calls))
                calls.append(call)
                check_count(len(calls), call.span)
                at = call.span[1]
            else:
                end = hidden_end(text, opening)
                at = len(text) if end is None else end
        content = without_spans(text, [call.span for call in calls])
        return Calls(calls=tuple(calls), content=content) if calls else NoCalls(content=content)


def _read_fence(text: str, opening: re.Match[str], index: int) -> ToolCall:
    closing = closing_fence(text, opening)
    if closing is None:
        raise CallSyntaxError("the fence never ends", (opening.start(), len(text)), is_cut=True)
    span = (opening.start(), closing.end())
    command = text[opening.end() + 1 : max(opening.end() + 1, closing.start() - 1)]
    if not command.strip():
        raise CallSyntaxError("the fence holds no command", span)
    return ToolCall(
        name=TOOL, arguments={PARAMETER: command}, id=f"call_{index}", raw=text[span[0] : span[1]], span=span
    )


def _render(call: ToolCall) -> str:
    command = call.arguments.get(PARAMETER)
    if call.name != TOOL or call.arguments.keys() != {PARAMETER} or not isinstance(command, str):
        raise ValueError(f"a fence can call `{TOOL}` with a `{PARAMETER}` alone, not `{call.name[:80]}`")
    if not command.strip():
        raise ValueError("a fence cannot hold an empty command")
    fence = _fence_around(command)
    return f"{fence}bash\n{command}\n{fence}"


def _fence_around(text: str) -> str:
    return "`" * (1 + max((len(ticks) for ticks in _TICKS.findall(text)), default=2))
