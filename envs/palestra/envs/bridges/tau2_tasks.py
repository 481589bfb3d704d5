"""tau2's airline and retail tasks as `TextEnv`, worked on from a ticket: no model plays the user."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Self, cast

from palestra.envs.bridges.peer import Options
from palestra.envs.bridges.row_tasks import RowTasks
from palestra.envs.bridges.tau2_airline import AirlineDesk
from palestra.envs.bridges.tau2_desk import Change, Tau2Desk
from palestra.envs.bridges.tau2_retail import RetailDesk
from palestra.envs.bridges.tau2_rows import DOMAINS, PEER, Tau2Row, policy_of, tables_of, tasks_of
from palestra.envs.ending import EndReason
from palestra.envs.task import Scalar, Split, Task
from palestra.envs.text_env import TextEnv
from palestra.envs.tool_game import MAX_FORMAT_ERRORS, record_of
from palestra.envs.tools.toolbox import Toolbox, ToolResult, kit_specs
from palestra.envs.turn import EpisodeState, Turn, TurnRecord
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.tools.call import ToolCall, ToolSpec
from palestra.verifiers.tools.parsed import Calls, Malformed, NoCalls, Truncated

DESKS: Final[Mapping[str, type[Tau2Desk]]] = {"airline": AirlineDesk, "retail": RetailDesk}
MAX_SAID_CHARS = 1500
"""How much of the last message to the user counts: a list of all numbers tells nothing."""
MAX_SAID_NUMBERS = 12
_MAX_TURNS = 40
_TOKEN = re.compile(r"\d+(?:\.\d+)?|[a-z]+")
_ROLE = (
    "You work at the desk whose rules are below. The ticket says what the user wants, knows and would answer; nobody "
    "can be asked. Call tools to do what the rules allow. Then write one message to the user with all that was asked "
    "for, without a call, and at last call `done`."
)


class Tau2(RowTasks):
    """The tasks of one domain, judged by the records that differ from the database, and by what the user was told.

    Options: `name`, `airline` or `retail`; `gated`, whether tasks that doing nothing solves are left out, as they
    are by default; `codec`; `test_share`; `release`.
    """

    id = "palestra/Tau2-v1"
    peer = PEER

    def __init__(self, options: Options) -> None:
        self.name = options.take_name(DOMAINS, "domain of tau2")
        self._is_gated = options.take("gated", True)
        super().__init__(options)
        options.refuse_rest()

    @classmethod
    def configured(cls, options: Mapping[str, Scalar]) -> Self:
        """The source with these options."""
        return cls(Options(cls.id, options))

    def row_names(self) -> Sequence[str]:
        """The tasks that are offered."""
        return [name for name in tasks_of(self.name) if not self._is_gated or not is_solved_by_nothing(name)]

    def prompt(self, name: str) -> str:
        """The ticket."""
        return tasks_of(self.name)[name].ticket

    def row(self, task: Task) -> Tau2Row:
        """The row of a task."""
        return tasks_of(self.name)[self.row_of(task)]

    def env(self, *, split: Split = "train", system_prompt: str = "", render_mode: str | None = None) -> Tau2Env:
        """An environment of these tasks."""
        return Tau2Env(self, split=split, system_prompt=system_prompt, render_mode=render_mode)


@lru_cache(maxsize=1024)
def goal_of(name: str) -> tuple[Change, ...]:
    """The records that differ from the database after the right calls of a task; refused calls change nothing."""
    domain = name.partition("_")[0]
    desk = DESKS[domain](tables_of(domain))
    box = Toolbox.of(desk)
    for call in tasks_of(domain)[name].actions:
        box.call(call)
    return desk.changes()


def is_solved_by_nothing(name: str) -> bool:
    """Whether a task has nothing to be changed and nothing to be told."""
    return not goal_of(name) and not tasks_of(name.partition("_")[0])[name].told


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """How far an episode is."""

    changes: tuple[Change, ...] = ()
    said: str = ""
    """The last message to the user."""
    num_calls: int = 0
    format_errors: int = 0


class Tau2Env(TextEnv):
    """An episode on one ticket."""

    pays_turns = True

    def __init__(
        self, source: Tau2, *, split: Split = "train", system_prompt: str = "", render_mode: str | None = None
    ) -> None:
        super().__init__(source, split=split, system_prompt=system_prompt, render_mode=render_mode)
        self._rows = source
        self.codec = source.codec

    @property
    def tools(self) -> tuple[ToolSpec, ...]:
        """The tools of the desk."""
        return kit_specs(DESKS[self._rows.name])

    def system(self, task: Task) -> str:
        """The caller's own system prompt, what is to be done, the rules of the desk, and the tools."""
        parts = (self.system_prompt, _ROLE, policy_of(self._rows.name), self.codec.render_tools(self.tools))
        return "\n\n".join(part for part in parts if part)

    def turn_limit(self, task: Task) -> int:
        """Forty responses."""
        return _MAX_TURNS

    def begin(self, task: Task) -> object:
        """Nothing has been done."""
        return Ticket()

    def respond(self, state: EpisodeState, text: str) -> Turn:
        """Make the calls of a response, or note what is said."""
        ticket = cast(Ticket, state.world)
        match self.codec.parse(text, self.tools):
            case Calls(calls=calls):
                return self._make(ticket, calls)
            case NoCalls(content=content) if content.strip():
                after = replace(ticket, said=content.strip(), format_errors=0)
                record = TurnRecord(components={"format": 1.0})
                return Turn(reply="The user has read it and adds nothing to the ticket.", world=after, record=record)
            case NoCalls():
                return _unreadable(ticket, "it is empty")
            case Malformed(reason=reason):
                return _unreadable(ticket, reason)
            case Truncated():
                return _unreadable(ticket, "it ends within a call")

    def judge(self, state: EpisodeState) -> Verdict:
        """The records must be as the right calls leave them, and the last message must tell what was asked for."""
        row, ticket = self._rows.row(state.task), cast(Ticket, state.world)
        goal = goal_of(row.name)
        wrong = len(set(goal) ^ set(ticket.changes))
        told = sum(_tells(ticket.said, info) for info in row.told)
        parts = {"records": float(not wrong), "told": told / len(row.told) if row.told else 1.0}
        if ticket.num_calls == 0:
            return Verdict.failed("no tool was called", parts)
        if wrong or told < len(row.told):
            return Verdict.failed(f"{wrong} records differ; {told} of {len(row.told)} facts were told", parts)
        return Verdict.passed(f"{len(goal)} records are as they should be", parts)

    def oracle(self) -> str:
        """The right calls one by one, the facts, and the end."""
        row, ticket = self._rows.row(self.task), cast(Ticket, self.episode.world)
        calls = [call for call in row.actions if call.name != "transfer_to_human_agents"] or [_LOOK[self._rows.name]]
        if ticket.num_calls < len(calls):
            return self.codec.render_calls([calls[ticket.num_calls]])
        if row.told and not ticket.said:
            return f"This is what you asked for: {', '.join(row.told)}."
        return self.codec.render_calls([ToolCall(name="done")])

    def guess(self, rng: KeyedRandom) -> str:
        """A call on a record of the database, drawn without a plan; after some of them, the end."""
        ticket = cast(Ticket, self.episode.world)
        if ticket.num_calls >= 3:
            return self.codec.render_calls([ToolCall(name="done")])
        tables = tables_of(self._rows.name)
        if self._rows.name == "airline":
            number = rng.choice(list(tables["reservations"]))
            return self.codec.render_calls([ToolCall(name="cancel_reservation", arguments={"reservation_id": number})])
        arguments = {"order_id": rng.choice(list(tables["orders"])), "reason": "no longer needed"}
        return self.codec.render_calls([ToolCall(name="cancel_pending_order", arguments=arguments)])

    def cheats(self, task: Task) -> Mapping[str, Sequence[str]]:
        """The ticket is closed at once, after a look, with all numbers told, and with the last right call left out."""
        row = self._rows.row(task)
        render, done = self.codec.render_calls, ToolCall(name="done")
        look = _LOOK[self._rows.name]
        found = {
            "closed_at_once": [render([done])],
            "closed_after_a_look": [render([look]), "All is done.", render([done])],
            "all_numbers": [render([look]), " ".join(map(str, range(3000))), render([done])],
        }
        place = next((at for at in reversed(range(len(row.actions))) if _changes_goal(row.name, at)), None)
        if place is not None:
            kept = [*row.actions[:place], *row.actions[place + 1 :]]
            found["one_call_left_out"] = [
                *(render([call]) for call in kept),
                ", ".join(row.told) or "-",
                render([done]),
            ]
        return found

    def _make(self, ticket: Ticket, calls: Sequence[ToolCall]) -> Turn:
        desk = DESKS[self._rows.name](tables_of(self._rows.name), ticket.changes)
        box = Toolbox.of(desk)
        results: list[ToolResult] = []
        for call in calls:
            results.append(box.call(call))
            if desk.end is not None:
                break
        made = sum(result.call.name != "done" for result in results)
        after = replace(ticket, changes=desk.changes(), num_calls=ticket.num_calls + made, format_errors=0)
        shown = "\n".join(self.codec.render_result(result.call, result.content) for result in results)
        return Turn(reply=shown, world=after, end=desk.end, record=record_of(results))


_LOOK: Final = {"airline": ToolCall(name="list_all_airports"), "retail": ToolCall(name="list_all_product_types")}


def _changes_goal(name: str, place: int) -> bool:
    """Whether a right call is needed for the goal."""
    domain = name.partition("_")[0]
    desk = DESKS[domain](tables_of(domain))
    box = Toolbox.of(desk)
    for at, call in enumerate(tasks_of(domain)[name].actions):
        if at != place:
            box.call(call)
    return desk.changes() != goal_of(name)


def _tells(said: str, info: str) -> bool:
    """Whether a message has the words and numbers of a fact in their order, and not very many numbers."""
    if len(said) > MAX_SAID_CHARS:
        return False
    told, wanted = _tokens(said), _tokens(info)
    if sum(token[0].isdigit() for token in told) > MAX_SAID_NUMBERS:
        return False
    return any(told[at : at + len(wanted)] == wanted for at in range(len(told) - len(wanted) + 1))


def _tokens(text: str) -> list[str]:
    found = _TOKEN.findall(text.lower().replace(",", ""))
    return [token.rstrip("0").rstrip(".") if "." in token else token for token in found]


def _unreadable(ticket: Ticket, reason: str) -> Turn:
    errors = ticket.format_errors + 1
    return Turn(
        reply=f"This could not be read: {reason}.",
        world=replace(ticket, format_errors=errors),
        end=EndReason.FORMAT_ERRORS if errors >= MAX_FORMAT_ERRORS else None,
        record=TurnRecord(components={"format": 0.0}),
    )
