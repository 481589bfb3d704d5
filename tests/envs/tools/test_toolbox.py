from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palestra.envs.tools import Effect, Toolbox, ToolError, clip, tool
from palestra.verifiers.tools.call import ToolCall


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    name: str
    tags: tuple[str, ...]


class Base:
    @tool(Effect.READ)
    def peek(self) -> int:
        """Look."""
        return 0


class Kit(Base):
    """A kit of four tools and other methods."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    @tool(Effect.WRITE)
    def add(self, name: str, tags: Sequence[str] = ()) -> Entry:
        """Add an entry."""
        if not name:
            raise ToolError("a name must not be empty")
        self.entries.append(Entry(name=name, tags=tuple(tags)))
        return self.entries[-1]

    @tool(Effect.READ)
    def peek(self) -> int:
        """Count the entries."""
        return len(self.entries)

    @tool(Effect.READ)
    def text(self, length: int) -> str:
        """A long text."""
        return "ab" * length

    @tool(Effect.READ)
    async def wait(self) -> str:
        """Come back later."""
        await asyncio.sleep(0)
        return "here"

    def helper(self) -> None: ...


def test_the_marked_methods_are_the_tools_and_a_subclass_may_change_one() -> None:
    box = Toolbox.of(Kit())
    assert [spec.name for spec in box.specs] == ["peek", "add", "text", "wait"]
    assert box["peek"].spec.description == "Count the entries."
    assert (box["add"].effect, box["peek"].effect) == (Effect.WRITE, Effect.READ)


def test_values_are_shown_as_json_and_texts_as_they_are() -> None:
    box = Toolbox.of(Kit(), max_chars=10)
    assert json.loads(Toolbox.of(Kit()).call(made("add", name="x", tags=["a"])).content) == {"name": "x", "tags": ["a"]}
    long = box.call(made("text", length=20))
    assert (long.content, long.cut_chars) == ("ababa\n[... 30 characters cut ...]\nbabab", 30)
    assert box.call(made("text", length=2)).content == "abab"


def test_refusals_are_results_and_leave_the_kit_as_it_was() -> None:
    kit = Kit()
    box = Toolbox.of(kit)
    for call in (made("add", name=""), made("add", name=1), made("add"), made("helper"), made("ad", name="x")):
        result = box.call(call)
        assert not result.ok
        assert result.content.startswith("Error: ")
    assert "did you mean `add`?" in box.call(made("ad", name="x")).content
    assert kit.entries == []


def test_asynchronous_tools_are_awaited_and_not_called_by_mistake() -> None:
    box = Toolbox.of(Kit())
    assert asyncio.run(box.acall(made("wait"))).content == "here"
    assert asyncio.run(box.acall(made("peek"))).content == "0"
    assert not asyncio.run(box.acall(made("add"))).ok
    with pytest.raises(TypeError, match="acall"):
        box.call(made("wait"))


@given(st.text(max_size=200) | st.binary(max_size=200), st.integers(2, 60))
def test_what_is_shown_has_no_control_characters_and_a_bounded_length(output: str | bytes, limit: int) -> None:
    shown = clip(output, limit)
    assert len(shown.text) <= limit + 40
    assert not any(ord(char) < 32 and char not in "\t\n" for char in shown.text)
    assert (shown.cut_chars > 0) == ("characters cut" in shown.text and len(shown.text) > limit) or shown.cut_chars == 0


def made(tool_name: str, **arguments: object) -> ToolCall:
    return ToolCall(name=tool_name, arguments=arguments)  # type: ignore[arg-type]
