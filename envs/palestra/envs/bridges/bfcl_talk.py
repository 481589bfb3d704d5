"""Talks of the Berkeley leaderboard: several requests in a world with a state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from palestra.envs.bridges.bfcl_calls import BfclEnv
from palestra.envs.bridges.bfcl_world import BfclWorld, graded
from palestra.envs.ending import EndReason
from palestra.envs.task import Split, Task
from palestra.envs.tool_game import MAX_FORMAT_ERRORS
from palestra.envs.turn import EpisodeState, Turn, TurnRecord
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.tools.call import ToolCall, ToolSpec
from palestra.verifiers.tools.codec import tool_lines
from palestra.verifiers.tools.parsed import Calls, Malformed, NoCalls, Truncated

if TYPE_CHECKING:
    from palestra.envs.bridges.bfcl_tasks import Bfcl

_STEPS = 12
"""Responses for each request."""
_TALK = (
    "You work for somebody who makes several requests, one after the other. Call tools until a request is done; then "
    "reply with a short message without a call, and the next request follows."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Talk:
    """How far a talk is, as data: the calls of each request so far. The worlds are made again from them."""

    requests: tuple[tuple[ToolCall, ...], ...] = ((),)
    format_errors: int = 0

    @property
    def place(self) -> int:
        """The number of the request that is worked on."""
        return len(self.requests) - 1

    def with_calls(self, calls: Sequence[ToolCall]) -> Talk:
        """After more calls."""
        return Talk(requests=(*self.requests[:-1], (*self.requests[-1], *calls)))


class BfclTalkEnv(BfclEnv):
    """Several requests in one world; a message without a call closes a request."""

    role = _TALK
    pays_turns = True

    def __init__(
        self, source: Bfcl, *, split: Split = "train", system_prompt: str = "", render_mode: str | None = None
    ) -> None:
        super().__init__(source, split=split, system_prompt=system_prompt, render_mode=render_mode)
        self._live: tuple[Task, Talk, BfclWorld] | None = None

    @property
    def tools(self) -> tuple[ToolSpec, ...]:
        """The tools that have come so far."""
        return self._tools(self.episode)

    def turn_limit(self, task: Task) -> int:
        """Twelve responses for each request."""
        return _STEPS * len(self._rows.row(task).turns)

    def begin(self, task: Task) -> object:
        """No call has been made."""
        return Talk()

    def respond(self, state: EpisodeState, text: str) -> Turn:
        """Make the calls of a response, or go on to the next request."""
        talk = cast(Talk, state.world)
        match self.codec.parse(text, self._tools(state)):
            case Calls(calls=calls):
                return self._make(state, talk, calls)
            case NoCalls(content=content) if content.strip():
                return self._close(state, talk)
            case NoCalls():
                return _unreadable(talk, "it is empty")
            case Malformed(reason=reason):
                return _unreadable(talk, reason)
            case Truncated():
                return _unreadable(talk, "it ends within a call")

    def judge(self, state: EpisodeState) -> Verdict:
        """All requests must have come out right; the parts tell how many did."""
        row = self._rows.row(state.task)
        grades = [grade for grade in graded(row, cast(Talk, state.world).requests) if grade]
        wanted = sum(bool(gold) for gold in row.gold)
        passed = sum(grade.is_passed for grade in grades)
        parts = {
            "requests": passed / wanted,
            "states": sum(grade.has_state for grade in grades) / wanted,
            "results": sum(grade.has_results for grade in grades) / wanted,
        }
        detail = f"{passed} of {wanted} requests came out right"
        return Verdict.passed(detail, parts) if passed == wanted else Verdict.failed(detail, parts)

    def oracle(self) -> str:
        """The right calls of the request, and then a message."""
        talk = cast(Talk, self.episode.world)
        row = self._rows.row(self.task)
        gold = row.gold[talk.place]
        if not gold or talk.requests[-1]:
            return "That is done."
        world = BfclWorld(row)
        return self.codec.render_calls([world.named(*call) for call in gold])

    def guess(self, rng: KeyedRandom) -> str:
        """A call of one of the tools with words of the request, or a message."""
        return "That is done." if rng.below(3) == 0 else self.guessed(rng)

    def cheats(self, task: Task) -> Mapping[str, Sequence[str]]:
        """Messages alone, and calls that ask for nothing."""
        row = self._rows.row(task)
        num_requests = len(row.turns)
        call = self.codec.render_calls([ToolCall(name=row.tools[0].name)])
        return {
            "messages_only": ["That is done."] * num_requests,
            "one_call_each": [call, "That is done."] * num_requests,
        }

    def _tools(self, state: EpisodeState) -> tuple[ToolSpec, ...]:
        row, place = self._rows.row(state.task), cast(Talk, state.world).place
        late = row.late_tools or {}
        return (*row.tools, *(spec for turn, specs in late.items() if turn <= place for spec in specs))

    def _make(self, state: EpisodeState, talk: Talk, calls: Sequence[ToolCall]) -> Turn:
        world = self._world(state.task, talk)
        names = {spec.name for spec in self._tools(state)}
        known = [call for call in calls if call.name in names]
        results = []
        for call in calls:
            told = world.call(call.name, (), call.arguments) if call.name in names else "Error: there is no such tool"
            results.append(self.codec.render_result(call, told))
        after = talk.with_calls(known)
        self._live = (state.task, after, world)
        record = TurnRecord(components={"format": 1.0, "calls": len(known) / len(calls)})
        return Turn(reply="\n".join(results), world=after, record=record)

    def _close(self, state: EpisodeState, talk: Talk) -> Turn:
        row = self._rows.row(state.task)
        grade = graded(row, talk.requests)[-1]
        components = {"format": 1.0} if grade is None else {"format": 1.0, "request": float(grade.is_passed)}
        record = TurnRecord(components=components)
        place = talk.place + 1
        if place == len(row.turns):
            return Turn(world=talk, end=EndReason.SUBMITTED, record=record)
        said = list(row.turns[place])
        if specs := (row.late_tools or {}).get(place):
            said.append(f"More tools can be called from now on:\n{tool_lines(specs)}")
        after = Talk(requests=(*talk.requests, ()))
        if self._live is not None and self._live[:2] == (state.task, talk):
            self._live = (state.task, after, self._live[2])
        return Turn(reply="\n".join(said), world=after, record=record)

    def _world(self, task: Task, talk: Talk) -> BfclWorld:
        """The world in this state; made again where another one is at hand."""
        live, self._live = self._live, None  # a world that changes belongs to one state alone
        if live is not None and live[:2] == (task, talk):
            return live[2]
        world = BfclWorld(self._rows.row(task))
        for calls in talk.requests:
            for call in calls:
                world.call(call.name, (), call.arguments)
        return world


def _unreadable(talk: Talk, reason: str) -> Turn:
    errors = talk.format_errors + 1
    return Turn(
        reply=f"This could not be read: {reason}.",
        world=replace(talk, format_errors=errors),
        end=EndReason.FORMAT_ERRORS if errors >= MAX_FORMAT_ERRORS else None,
        record=TurnRecord(components={"format": 0.0}),
    )
