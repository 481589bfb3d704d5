"""Families whose tasks are worked on by calling tools."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Generic, Self, TypeVar, cast

from palestra.envs.config import FamilyConfig
from palestra.envs.ending import EndReason
from palestra.envs.errors import ConfigError
from palestra.envs.family import KeyT
from palestra.envs.game import Game, GameEnv, Move
from palestra.envs.task import Split, Task
from palestra.envs.tools.tool import Effect, marked_specs
from palestra.envs.tools.toolbox import Toolbox, ToolResult, kit_specs
from palestra.envs.turn import EpisodeState, Turn, TurnRecord
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.tools.call import ToolCall, ToolSpec
from palestra.verifiers.tools.codec import ToolCodec
from palestra.verifiers.tools.codecs import CODECS, codec_named
from palestra.verifiers.tools.parsed import Calls, Malformed, NoCalls, Truncated

MAX_FORMAT_ERRORS = 3
"""So many unreadable responses in a row end an episode."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolConfig(FamilyConfig):
    """Configuration of a tool domain: a difficulty, its parameters, and how calls are written."""

    codec: str = "hermes"
    """A key of `palestra.verifiers.tools.CODECS`."""

    def check(self) -> None:
        """The codec exists. Subclasses that check more call this."""
        if self.codec not in CODECS:
            raise ConfigError(f"no codec `{self.codec[:80]}`\n\nhint: there are {', '.join(CODECS)}")


ToolConfigT = TypeVar("ToolConfigT", bound=ToolConfig)
WorldT = TypeVar("WorldT")


class Desk(Generic[WorldT]):
    """What the tools of one turn work on: made of a world, changed by calls, and turned into a world again.

    The methods marked with `@tool` are the tools.
    """

    end: EndReason | None = None
    """Set by a tool that ends the episode, e.g. `submit`; calls behind it are not made."""

    @abstractmethod
    def world(self) -> WorldT:
        """The world as it is now: frozen and picklable."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Said(Generic[WorldT]):
    """What a message that calls no tool leads to."""

    world: WorldT
    reply: str
    """What the other side answers."""
    end: EndReason | None = None
    """Set where the message ends the episode."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolPlay(Generic[WorldT]):
    """An episode with tools: the domain's own world, and how the calls went."""

    world: WorldT
    format_errors: int = 0
    """Unreadable responses in a row."""


class ToolGame(Game[ToolConfigT, KeyT, ToolPlay[WorldT]], Generic[ToolConfigT, KeyT, WorldT]):
    """A family whose moves are tool calls, written in the format of the configuration's codec.

    A response may make several calls; they are made in their order, and the results come back as one
    observation. A response that cannot be read is answered by what is wrong with it; the third in a row ends
    the episode. Every episode is judged by its world (`settle`), whatever ended it.
    """

    desk_type: ClassVar[type[Any]]
    """The `Desk` whose methods are the tools."""
    instructions: ClassVar[str]
    """What the system prompt says besides the tools: role, rules and how to end."""

    def __init__(self, config: ToolConfigT | None = None) -> None:
        super().__init__(config)
        self._codec = codec_named(self.config.codec)
        if not self.codec.writes(self.specs):
            raise ConfigError(f"the codec `{self.config.codec}` cannot write calls of the tools of `{self.id}`")

    @abstractmethod
    def open_world(self, task: Task) -> WorldT:
        """The world before the first response."""

    @abstractmethod
    def desk(self, world: WorldT) -> Desk[WorldT]:
        """The desk in the state of a world."""

    @abstractmethod
    def settle(self, world: WorldT) -> Verdict:
        """The judgement of an episode by its world at the end."""

    @abstractmethod
    def next_move(self, world: WorldT) -> Sequence[ToolCall] | str:
        """What somebody does next who knows the solution: calls, or a message."""

    @abstractmethod
    def random_calls(self, world: WorldT, rng: KeyedRandom) -> Sequence[ToolCall]:
        """Well-formed calls drawn from the world without a plan."""

    def cheats(self, task: Task) -> Mapping[str, Sequence[Sequence[ToolCall] | str]]:
        """Policies that must earn nothing, by name: their responses in order."""
        return {}

    def hear(self, world: WorldT, text: str) -> Said[WorldT] | None:
        """What a message to the other side leads to; None where nobody listens: the response is a format error."""
        return None

    @property
    def codec(self) -> ToolCodec:
        """How calls are written and results are shown."""
        return self._codec

    def speaking(self, codec: ToolCodec) -> Self:
        """The same family with calls written in another way; its tasks keep their ids."""
        twin = copy.copy(self)
        twin._codec = codec
        return twin

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """What the policy is told of the tools."""
        return kit_specs(self.desk_type)

    def start(self, task: Task) -> ToolPlay[WorldT]:
        """The world before the first response."""
        return ToolPlay(world=self.open_world(task))

    def play(self, world: ToolPlay[WorldT], text: str) -> Move[ToolPlay[WorldT]]:
        """Make the calls of a response."""
        match self.codec.parse(text, self.specs):
            case Calls(calls=calls):
                return self._make(world.world, calls)
            case NoCalls(content=content):
                said = self.hear(world.world, content) if content.strip() else None
                if said is None:
                    return _unreadable(world, "no tool is called")
                record = TurnRecord(components={"format": 1.0})
                return Move(world=ToolPlay(world=said.world), reply=said.reply, end=said.end, record=record)
            case Malformed(reason=reason):
                return _unreadable(world, reason)
            case Truncated():
                return _unreadable(world, "the response ends within a call")

    def out_of_turns(self, world: ToolPlay[WorldT]) -> Verdict:
        """The judgement of an episode by its world."""
        return self.settle(world.world)

    def best(self, world: ToolPlay[WorldT]) -> str:
        """What somebody writes next who knows the solution."""
        return self.written(self.next_move(world.world))

    def random_move(self, world: ToolPlay[WorldT], rng: KeyedRandom) -> str:
        """Well-formed calls without a plan."""
        return self.written(self.random_calls(world.world, rng))

    def written(self, move: Sequence[ToolCall] | str) -> str:
        """A move as the policy would write it."""
        return move if isinstance(move, str) else self.codec.render_calls(move)

    def env(self, *, split: Split = "train", system_prompt: str = "", render_mode: str | None = None) -> ToolEnv:
        """An environment of these tasks."""
        return ToolEnv(self, split=split, system_prompt=system_prompt, render_mode=render_mode)

    def _make(self, world: WorldT, calls: Sequence[ToolCall]) -> Move[ToolPlay[WorldT]]:
        desk = self.desk(world)
        box = Toolbox.of(desk)
        results: list[ToolResult] = []
        for call in calls:
            results.append(box.call(call))
            if desk.end is not None:
                break
        shown = "\n".join(self.codec.render_result(result.call, result.content) for result in results)
        return Move(world=ToolPlay(world=desk.world()), reply=shown, end=desk.end, record=record_of(results))


class ToolEnv(GameEnv):
    """Plays the episodes of a tool domain; the system prompt lists the tools."""

    pays_turns = True

    def __init__(
        self,
        source: ToolGame[Any, Any, Any],
        *,
        split: Split = "train",
        system_prompt: str = "",
        render_mode: str | None = None,
    ) -> None:
        super().__init__(source, split=split, system_prompt=system_prompt, render_mode=render_mode)
        self._domain = source

    @property
    def codec(self) -> ToolCodec:
        """How calls are written and results are shown."""
        return self._domain.codec

    @property
    def tools(self) -> tuple[ToolSpec, ...]:
        """What the policy is told of the tools."""
        return self._domain.specs

    @property
    def effects(self) -> Mapping[str, Effect]:
        """What each tool can do to the world."""
        return {name: effect for name, (_, effect) in marked_specs(self._domain.desk_type).items()}

    def speaking(self, codec: ToolCodec) -> ToolEnv:
        """An environment of the same tasks with calls written in another way."""
        domain = self._domain.speaking(codec)
        return type(self)(domain, split=self.split, system_prompt=self.system_prompt, render_mode=self.render_mode)

    def system(self, task: Task) -> str:
        """The caller's own system prompt, the instructions of the domain, and the tools."""
        parts = (self.system_prompt, self._domain.instructions, self._domain.codec.render_tools(self._domain.specs))
        return "\n\n".join(part for part in parts if part)

    def cheats(self, task: Task) -> Mapping[str, Sequence[str]]:
        """The policies that the domain names, as their responses are written."""
        domain = self._domain
        return {name: [domain.written(move) for move in moves] for name, moves in domain.cheats(task).items()}

    def respond(self, state: EpisodeState, text: str) -> Turn:
        """Make the calls of a response."""
        move = self._domain.play(cast("ToolPlay[Any]", state.world), text)
        return Turn(reply=move.reply, world=move.world, end=move.end, record=move.record)


def record_of(results: Sequence[ToolResult], *, cpu_s: float = 0.0) -> TurnRecord:
    """What a turn of readable calls earned: for the format, and for the share of calls that could be made."""
    done = sum(result.ok for result in results) / max(1, len(results))
    cut = sum(result.cut_chars for result in results)
    return TurnRecord(components={"format": 1.0, "calls": done}, cpu_s=cpu_s, cut_chars=cut)


def _unreadable(play: ToolPlay[WorldT], reason: str) -> Move[ToolPlay[WorldT]]:
    errors = play.format_errors + 1
    return Move(
        world=replace(play, format_errors=errors),
        reply=f"This could not be read: {reason}.",
        end=EndReason.FORMAT_ERRORS if errors >= MAX_FORMAT_ERRORS else None,
        record=TurnRecord(components={"format": 0.0}),
    )
