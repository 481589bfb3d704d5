"""What somebody reads who works with care: every object that the plan is about, before the first change."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import product
from typing import cast

from palestra.envs.stateful.desk import DomainDesk
from palestra.envs.stateful.scenario import Sitting, call_key
from palestra.envs.tools import Effect, Tool, Toolbox
from palestra.verifiers.text.json_value import Json
from palestra.verifiers.tools.call import ToolCall

_NOTHING = frozenset(("", "[]", "{}"))
_MOST_AT_ONCE = 12
_MOST_STEPS = 2  # from something known to what leads to an object


def lookups(desk: DomainDesk, sitting: Sitting) -> tuple[ToolCall, ...]:
    """The reads that come next; none once the plan's changes have begun, or where nothing is left to see.

    An object is looked for by what is known: the request, what the customer told, and what was read. One whose id
    is known is shown. Both are found by trying the reading tools, so that no domain has to say which read shows what.
    """
    scenario = sitting.scenario
    if len(sitting.calls) > len(scenario.opening):
        return ()
    looker = _Looker(desk, sitting)
    found: dict[str, ToolCall] = {}
    for call in scenario.plan[len(scenario.opening) :]:
        for text in dict.fromkeys(_texts(call.arguments)):
            for read in looker.reads_for(text):
                found.setdefault(call_key(read.name, dict(read.arguments)), read)
    return tuple(found.values())[:_MOST_AT_ONCE]


class _Looker:
    """Tries the reading tools on the world of an episode; they change nothing."""

    def __init__(self, desk: DomainDesk, sitting: Sitting) -> None:
        self._desk = desk
        self._box = Toolbox.of(desk)
        self._shown: dict[str, str] = {}
        readers = [tool for tool in self._box.values() if tool.effect is Effect.READ and tool.spec.name != "done"]
        self._overviews = [tool for tool in readers if not _required(tool)]
        self._views = [tool for tool in readers if _required(tool)]
        self._choices = {choice for tool in self._box.values() for choice in _choices(tool)}
        made = [ToolCall(name=name, arguments=arguments) for name, arguments in map(json.loads, sitting.reads)]
        self._known = "\n".join([sitting.scenario.request, *sitting.told, *map(self._seen, made)])

    def reads_for(self, text: str) -> Iterator[ToolCall]:
        """The reads that show an object, or those that lead to one that is not known yet."""
        if text in self._known:
            yield from (read for read in self._views_of(text) if self._seen(read) not in self._known)
        else:
            yield from self._leads_to(text)

    def _leads_to(self, text: str, depth: int = 0) -> Iterator[ToolCall]:
        """The first read that shows the text; where what it asks by is not known either, what leads there."""
        overviews = [ToolCall(name=tool.spec.name, arguments={}) for tool in self._overviews]
        shown = next((read for read in overviews if text in self._seen(read)), None)
        if shown is not None:
            yield shown
            return
        views = [(clue, read) for clue in self._desk.clues(text) for read in self._views_of(clue)]
        leading = [(clue, read) for clue, read in views if text in self._seen(read)]
        direct = next((read for clue, read in leading if clue in self._known), None)
        if direct is not None:
            yield direct
        elif depth < _MOST_STEPS:
            ways = (next(self._leads_to(clue, depth + 1), None) for clue, _ in leading)
            yield from (way for way in [next(filter(None, ways), None)] if way is not None)

    def _views_of(self, text: str) -> Iterator[ToolCall]:
        """The calls of reading tools with one open argument that take a text for it."""
        if text in self._choices:
            return
        for tool in self._views:
            properties = cast("Mapping[str, Mapping[str, Json]]", tool.spec.parameters["properties"])
            choices = [cast("list[Json]", properties[name].get("enum", [text])) for name in _required(tool)]
            if sum(values == [text] for values in choices) == 1:
                for values in product(*choices):
                    yield ToolCall(name=tool.spec.name, arguments=dict(zip(_required(tool), values, strict=True)))

    def _seen(self, read: ToolCall) -> str:
        """What a read shows; empty where it shows nothing."""
        key = call_key(read.name, dict(read.arguments))
        if key not in self._shown:
            result = self._box.call(read)
            self._shown[key] = result.content if result.ok and result.content not in _NOTHING else ""
        return self._shown[key]


def _choices(tool: Tool) -> Iterator[Json]:
    """All words that a tool takes as one of a few."""
    for schema in cast("Mapping[str, Mapping[str, Json]]", tool.spec.parameters["properties"]).values():
        yield from cast("list[Json]", schema.get("enum", []))


def _required(tool: Tool) -> list[str]:
    return cast("list[str]", tool.spec.parameters.get("required", []))


def _texts(value: object) -> Iterator[str]:
    """All texts in the arguments of a call."""
    if isinstance(value, str):
        if value:
            yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
