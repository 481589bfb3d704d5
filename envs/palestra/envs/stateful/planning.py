"""From goals to gold: the calls are made on copies of the world, by the tools themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import islice, product

from palestra.envs.stateful.desk import DomainDesk
from palestra.envs.stateful.difference import difference, written
from palestra.envs.stateful.goal import Asked, Goal, Lookup, called
from palestra.envs.stateful.records import Cell
from palestra.envs.stateful.scenario import Scenario
from palestra.envs.tools import Toolbox, ToolError
from palestra.envs.tools.signature import ArgumentError
from palestra.verifiers.tools.call import ToolCall

_MOST_WAYS = 16
_FEWEST_ACTS = 2  # one right write is found by chance in every tenth task


def planned(start: Scenario, goals: tuple[Goal, ...], opened: Callable[[Scenario], DomainDesk]) -> Scenario | None:
    """The scenario with its gold; None where a request is ambiguous, a call fails, or too little is asked."""
    desk = opened(start)
    names = [name for goal in goals for name in goal.names]
    if any(len(desk.database.query(name.sql, *name.values)) != 1 for name in names):
        return None
    asked = [asked for goal in goals for asked in goal.asked]
    values = [_value(desk, one.answer) for one in asked]
    told = tuple(_told(one, value) for one, value in zip(asked, values, strict=True))
    combinations = list(islice(product(*(goal.ways for goal in goals)), _MOST_WAYS + 1))
    if len(combinations) > _MOST_WAYS:
        return None
    plans = [(*(call for calls in ways for call in calls), *told) for ways in combinations]
    desks = [desk, *(opened(start) for _ in plans[1:])]
    if not all(_made(one, plan) for one, plan in zip(desks, plans, strict=True)):
        return None
    if [_value(desk, one.answer) for one in asked] != values or None in values:
        return None  # the answer would depend on when it is told
    accepted = tuple(dict.fromkeys(difference(one.database) for one in desks))
    first = desk.world()
    if len(accepted[0]) + len(first.answers) + len(first.refusals) < _FEWEST_ACTS:
        return None
    return replace(
        start,
        plan=plans[0],
        accepted=accepted,
        writable=written(desk.database).union(*(written(one.database) for one in desks[1:])),
        answers=first.answers,
        refusals=first.refusals,
        tempting=tuple(call for goal in goals for call in goal.tempting),
    )


def _made(desk: DomainDesk, plan: Iterable[ToolCall]) -> bool:
    """Make the calls of a plan; whether all could be made, and none broke a rule."""
    box = Toolbox.of(desk)
    desk.is_rehearsal = True
    try:
        for call in plan:
            box[call.name].run(call.arguments)
    except (ToolError, ArgumentError):
        return False
    desk.check_rules()
    return not desk.world().broken


def _value(desk: DomainDesk, lookup: Lookup) -> Cell:
    """The one cell that a lookup finds; None where it does not find one row."""
    rows = desk.database.query(lookup.sql, *lookup.values)
    return rows[0][0] if len(rows) == 1 else None


def _told(asked: Asked, value: Cell) -> ToolCall:
    return called("tell", what=asked.what, subject=asked.subject, value=value)
