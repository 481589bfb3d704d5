"""The worlds of the Berkeley leaderboard's talks: instances of an episode's own, and how a talk is graded.

Covered: calls come as values and are bound to the documented methods alone, so no text of a model is evaluated;
each world has its own instances, and precisions that a method sets for the whole process are put back; numbers and
texts are bounded, since the methods compute with them here. Not covered: whether the gold is the only right way.
"""

from __future__ import annotations

import copy
import decimal
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from palestra.envs.bridges.bfcl_rows import PEER, BfclRow, module_of
from palestra.verifiers.text.json_value import Json
from palestra.verifiers.tools.call import ToolCall

MAX_TEXT_CHARS = 4000
MAX_ITEMS = 1000
_MAX_NUMBER = 10**15
_BOUNDS: Mapping[str, float] = {"precision": 200, "exponent": 200, "decimal_places": 200}
_PLAIN_DPS = 15


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnGrade:
    """Whether a turn of a talk came out as it should."""

    has_state: bool
    """The world is as the right calls leave it."""
    has_results: bool
    """All that the right calls tell has been told to the policy."""

    @property
    def is_passed(self) -> bool:
        """Both."""
        return self.has_state and self.has_results


class BfclWorld:
    """The instances of one talk.

    Raises:
        MissingPackageError: bfcl-eval, or what its classes need, is not installed.
    """

    def __init__(self, row: BfclRow) -> None:
        self._instances: dict[str, Any] = {}
        self._methods: dict[str, Callable[..., Any]] = {}
        for name in row.classes:
            instance = getattr(PEER.load(module_of(name)), name)()
            load = getattr(instance, "_load_scenario", None)
            if load is not None:
                load(copy.deepcopy((row.initial or {}).get(name, {})), long_context=row.is_long)
            self._instances[name] = instance
            public = inspect.getmembers(instance, inspect.ismethod)
            self._methods |= {name: method for name, method in public if not name.startswith("_")}

    def call(self, name: str, by_place: Sequence[Json] = (), by_name: Mapping[str, Json] | None = None) -> str:
        """Make a call; what comes of it as text, errors too."""
        arguments = {**(by_name or {})}
        problem = next((p for p in map(_problem, [*arguments], arguments.values()) if p), "")
        if problem or name not in self._methods:
            return json.dumps({"error": problem or f"there is no tool {name}"})
        import mpmath

        with decimal.localcontext(), mpmath.workdps(_PLAIN_DPS):
            try:
                # Copies: the world must not share lists with the record of the episode.
                value = self._methods[name](*copy.deepcopy(list(by_place)), **copy.deepcopy(arguments))
            except Exception as error:  # noqa: BLE001  what a method raises is what its caller is told
                return f"Error during execution: {error}"
        return _shown(value)

    def named(self, name: str, by_place: Sequence[Json], by_name: Mapping[str, Json]) -> ToolCall:
        """A right call with all of its arguments by name."""
        names = list(inspect.signature(self._methods[name]).parameters)
        return ToolCall(name=name, arguments={**dict(zip(names, by_place, strict=False)), **by_name})

    def is_same(self, other: BfclWorld) -> bool:
        """Whether all that can be seen of both is equal."""
        return all(_public(one) == _public(other._instances[name]) for name, one in self._instances.items())


def graded(row: BfclRow, turns: Sequence[Sequence[ToolCall]]) -> list[TurnGrade | None]:
    """The grade of each turn that was played; None where no call is asked for.

    Source: the checker of `bfcl-eval`, by state and by results, here for every turn.
    """
    mine, right = BfclWorld(row), BfclWorld(row)
    told: list[str] = []
    grades: list[TurnGrade | None] = []
    for calls, gold in zip(turns, row.gold, strict=False):
        told += [mine.call(call.name, (), call.arguments) for call in calls]
        wanted = [right.call(*call) for call in gold]
        if gold:
            is_whole = bool(calls) and _holds_all(told, wanted)
            grades.append(TurnGrade(has_state=mine.is_same(right), has_results=is_whole))
        else:
            grades.append(None)
    return grades


def _holds_all(told: Sequence[str], wanted: Sequence[str]) -> bool:
    left = list(told)
    for result in wanted:
        if result not in left:
            return False
        left.remove(result)
    return True


def _public(instance: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(instance).items() if not name.startswith("_")}


def _shown(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        try:
            return json.dumps(value)
        except (TypeError, ValueError):
            return str(value)
    return str(value)


def _problem(name: str, value: Json) -> str:
    """Why an argument is refused; empty where it is not."""
    if isinstance(value, int | float) and not abs(value) <= _BOUNDS.get(name, _MAX_NUMBER):
        return f"{name} is too large"
    if isinstance(value, str) and len(value) > MAX_TEXT_CHARS:
        return f"{name} is too long"
    if isinstance(value, Mapping | list | tuple):
        items = list(value.values()) if isinstance(value, Mapping) else list(value)
        if len(items) > MAX_ITEMS:
            return f"{name} has too many items"
        return next((problem for item in items if (problem := _problem(name, item))), "")
    return ""
