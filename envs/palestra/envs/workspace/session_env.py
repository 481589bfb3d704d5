"""Episodes whose tools act in a sandbox session."""

from __future__ import annotations

import copy
import time
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self, cast

from palestra.envs.async_env import AsyncTextEnv
from palestra.envs.ending import EndReason
from palestra.envs.loop_thread import wait_for
from palestra.envs.source import TaskSource
from palestra.envs.task import Split, Task
from palestra.envs.tools.toolbox import Toolbox, ToolResult
from palestra.envs.turn import EpisodeState, Turn, TurnRecord
from palestra.envs.workspace.limits import EpisodeLimits
from palestra.sandboxes import Session, Snapshot
from palestra.verifiers.tools.call import ToolCall, ToolSpec
from palestra.verifiers.tools.codec import ToolCodec
from palestra.verifiers.tools.parsed import Calls, Malformed, NoCalls, Truncated


class Bench:
    """What the tools of an episode work on: its methods marked with `@tool` are the tools, and may be asynchronous."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.cpu_s = 0.0
        """CPU seconds of all commands so far: tools add to it."""
        self.components: dict[str, float] = {}
        """Named rewards of this turn, each in 0..1, besides those for format and calls: tools set them."""
        self.end: EndReason | None = None
        """Set by a tool that ends the episode, e.g. `submit`; calls behind it are not made."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far an episode is, as data."""

    format_errors: int = 0
    """Unreadable responses in a row."""
    cpu_s: float = 0.0
    """CPU seconds of all commands so far. Clocks differ from run to run, so nothing but the limit depends on it."""
    notes: object = None
    """What the environment itself remembers; frozen and picklable."""
    files: Snapshot | None = None
    """The files of the workspace, in a snapshot of the episode; None while it is played."""


class SessionEnv(AsyncTextEnv):
    """An episode in a session of its own; it is judged elsewhere, from what the session's files are at the end.

    Subclasses implement `aopen`, `bench`, `ajudge` and the properties. `state` takes a snapshot of the files with it,
    so an episode goes on from it anywhere; `fork` gives a second session with the same files.
    """

    pays_turns = True

    def __init__(
        self,
        source: TaskSource,
        *,
        codec: ToolCodec,
        limits: EpisodeLimits,
        split: Split = "train",
        system_prompt: str = "",
        render_mode: str | None = None,
    ) -> None:
        super().__init__(source, split=split, system_prompt=system_prompt, render_mode=render_mode)
        self.codec = codec
        self.limits = limits
        self._session: Session | None = None
        self._deadline = 0.0

    @abstractmethod
    async def aopen(self, task: Task) -> Session:
        """A session with the files of the task."""

    @abstractmethod
    def bench(self, session: Session, state: EpisodeState) -> Bench:
        """The tools, in the state of the episode."""

    @property
    @abstractmethod
    def instructions(self) -> str:
        """What the system prompt says besides the tools: role, rules and how to end."""

    @property
    @abstractmethod
    def tools(self) -> tuple[ToolSpec, ...]:
        """What the policy is told of the tools."""

    def notes(self, bench: Bench) -> object:
        """What is remembered of a turn besides the files."""
        return None

    def turn_limit(self, task: Task) -> int:
        """As the limits say."""
        return self.limits.turns

    def system(self, task: Task) -> str:
        """The caller's own system prompt, the instructions, and the tools."""
        parts = (self.system_prompt, self.instructions, self.codec.render_tools(self.tools))
        return "\n\n".join(part for part in parts if part)

    async def abegin(self, task: Task) -> object:
        """Open the session; the one of the episode before is closed."""
        await self.aclose()
        self._session = await self.aopen(task)
        self._deadline = time.monotonic() + self.limits.wall_s
        return Progress()

    async def arespond(self, state: EpisodeState, text: str) -> Turn:
        """Make the calls of a response."""
        progress = cast(Progress, state.world)
        match self.codec.parse(text, self.tools):
            case Calls(calls=calls):
                return await self._make(state, progress, calls)
            case NoCalls():
                return self._unreadable(progress, "no tool is called")
            case Malformed(reason=reason):
                return self._unreadable(progress, reason)
            case Truncated():
                return self._unreadable(progress, "the response ends within a call")

    async def session(self) -> Session:
        """The session of the episode; opened again where it goes on from a snapshot."""
        if self._session is None:
            state = self.episode
            session = await self.aopen(state.task)
            files = cast(Progress, state.world).files
            if files is not None:
                self._session = await session.fork(files)
                await session.close()
            else:
                self._session = session
            self._deadline = time.monotonic() + self.limits.wall_s
        return self._session

    def state(self) -> EpisodeState:
        """A snapshot with the files of the workspace: immutable and picklable, but not cheap."""
        return wait_for(self.astate())

    async def astate(self) -> EpisodeState:
        """`state` on the caller's loop."""
        state = self.episode
        if state.is_over or self._session is None:
            return state
        return replace(state, world=replace(cast(Progress, state.world), files=await self._session.snapshot()))

    def restore(self, state: EpisodeState) -> None:
        """Go on from a snapshot; its files are laid out at the next response."""
        wait_for(self.aclose())
        super().restore(state)

    async def fork(self) -> Self:
        """An environment with a session of its own and the same files."""
        twin = copy.copy(self)
        twin._session = None if self._session is None else await self._session.fork()
        return twin

    async def aclose(self) -> None:
        """Close the session."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _make(self, state: EpisodeState, progress: Progress, calls: Sequence[ToolCall]) -> Turn:
        bench = self.bench(await self.session(), state)
        box = Toolbox.of(bench, max_chars=self.limits.output_chars)
        bench.cpu_s = progress.cpu_s
        start = time.monotonic()
        turn_deadline = start + self.limits.turn_wall_s
        results: list[ToolResult] = []
        for call in calls:
            results.append(await box.acall(call))
            if bench.end is not None or time.monotonic() > turn_deadline:
                break
        end = bench.end
        if end is None and bench.cpu_s >= self.limits.cpu_s:
            end = EndReason.COST_LIMIT
        if end is None and time.monotonic() > self._deadline:
            end = EndReason.WALL_LIMIT
        shown = [self.codec.render_result(result.call, result.content) for result in results]
        if len(results) < len(calls) and end is None:
            shown.append(f"{len(calls) - len(results)} calls were not made: the turn took too long.")
        if self.limits.show_turns_left and end is None:
            shown.append(f"Turns left: {state.turn_limit - state.turns - 1}.")
        record = TurnRecord(
            components={"format": 1.0, "calls": sum(result.ok for result in results) / len(results)} | bench.components,
            cpu_s=bench.cpu_s - progress.cpu_s,
            wall_s=time.monotonic() - start,
            cut_chars=sum(result.cut_chars for result in results),
        )
        world = Progress(cpu_s=bench.cpu_s, notes=self.notes(bench))
        return Turn(reply="\n".join(shown), world=world, end=end, record=record)

    def _unreadable(self, progress: Progress, reason: str) -> Turn:
        errors = progress.format_errors + 1
        return Turn(
            reply=f"This could not be read: {reason}.",
            world=replace(progress, format_errors=errors),
            end=EndReason.FORMAT_ERRORS if errors >= self.limits.format_errors else None,
            record=TurnRecord(components={"format": 0.0}),
        )
