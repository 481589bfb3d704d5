"""The tools of an episode, and what their calls give."""

from __future__ import annotations

import dataclasses
import inspect
import json
from collections.abc import Awaitable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum

from palestra.envs.tools.signature import ArgumentError
from palestra.envs.tools.tool import Effect, Tool, ToolError, marked_effects, marked_specs
from palestra.envs.tools.truncation import MAX_CHARS, clip
from palestra.verifiers.tools.call import ToolCall, ToolSpec


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolResult:
    """What a call gave."""

    call: ToolCall
    content: str
    """What the policy reads: the value as JSON, a text as it is, or what is wrong with the call."""
    ok: bool
    """Whether the tool did what was asked."""
    effect: Effect | None
    """What the tool can do; None where there is no such tool."""
    cut_chars: int = 0
    """How many characters of the value are not in `content`."""


class Toolbox(Mapping[str, Tool]):
    """Tools by name. Calling one never raises on anything that a model can write."""

    def __init__(self, tools: Iterable[Tool], *, max_chars: int = MAX_CHARS) -> None:
        self._tools = {tool.spec.name: tool for tool in tools}
        self._max_chars = max_chars
        self._kit: object = None
        self._marked: Mapping[str, Effect] = {}
        """The tools of the kit, each of which is made when it is first asked for."""

    @classmethod
    def of(cls, kit: object, *, max_chars: int = MAX_CHARS) -> Toolbox:
        """The methods of an object that are marked with `@tool`."""
        box = cls((), max_chars=max_chars)
        box._kit, box._marked = kit, marked_effects(type(kit))
        return box

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """What a model is told."""
        return tuple(tool.spec for tool in self.values())

    def __getitem__(self, name: str) -> Tool:
        if name not in self._tools and name in self._marked:
            self._tools[name] = Tool.of(getattr(self._kit, name), self._marked[name])
        return self._tools[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._marked or self._tools)

    def __len__(self) -> int:
        return len(self._marked or self._tools)

    def call(self, call: ToolCall) -> ToolResult:
        """Make a call and wait for it.

        Raises:
            TypeError: The tool is asynchronous: use `acall`.
        """
        tool = self.get(call.name)
        try:
            value = self._invoke(call)
        except (ToolError, ArgumentError) as error:
            return self._refused(call, tool, error)
        if inspect.iscoroutine(value):
            value.close()
            raise TypeError(f"tool `{call.name}` is asynchronous\n\nhint: use `acall`")
        return self._result(call, tool, value)

    async def acall(self, call: ToolCall) -> ToolResult:
        """Make a call."""
        tool = self.get(call.name)
        try:
            value = self._invoke(call)
            if inspect.isawaitable(value):
                value = await value
        except (ToolError, ArgumentError) as error:
            return self._refused(call, tool, error)
        return self._result(call, tool, value)

    def _invoke(self, call: ToolCall) -> object | Awaitable[object]:
        tool = self.get(call.name)
        if tool is None:
            near = get_close_matches(call.name, list(self), n=1)
            guess = f"; did you mean `{near[0]}`?" if near else f"; there are {', '.join(self)}"
            raise ToolError(f"there is no tool `{call.name[:80]}`{guess}")
        return tool.run(call.arguments)

    def _result(self, call: ToolCall, tool: Tool | None, value: object) -> ToolResult:
        shown = clip(
            value if isinstance(value, str) else json.dumps(_plain(value), ensure_ascii=False), self._max_chars
        )
        effect = tool.effect if tool else None
        return ToolResult(call=call, content=shown.text, ok=True, effect=effect, cut_chars=shown.cut_chars)

    def _refused(self, call: ToolCall, tool: Tool | None, error: Exception) -> ToolResult:
        content = clip(f"Error: {error}", self._max_chars).text
        return ToolResult(call=call, content=content, ok=False, effect=tool.effect if tool else None)


def kit_specs(kit_type: type) -> tuple[ToolSpec, ...]:
    """What a model is told of the tools of a class."""
    return tuple(spec for spec, _ in marked_specs(kit_type).values())


def _plain(value: object) -> object:
    """A value of records and choices as JSON."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return value
