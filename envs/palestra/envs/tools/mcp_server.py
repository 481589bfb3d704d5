"""Any environment as a server that speaks the Model Context Protocol over its standard input and output.

Source: https://modelcontextprotocol.io/specification
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import gymnasium

from palestra.envs.errors import EnvError, MissingPackageError
from palestra.envs.task import Scalar, Split, TaskId
from palestra.envs.task_options import check_options
from palestra.envs.text_env import Info, TextEnv
from palestra.envs.tool_game import ToolEnv
from palestra.envs.tools.plain_codec import PlainCodec
from palestra.envs.tools.tool import Effect, Tool, ToolError, tool
from palestra.envs.tools.toolbox import Toolbox, ToolResult
from palestra.envs.workspace.session_env import SessionEnv
from palestra.verifiers import Verdict
from palestra.verifiers.text.json_value import Json
from palestra.verifiers.tools.call import ToolCall, ToolSpec

if TYPE_CHECKING:
    from mcp.server import Server

T = TypeVar("T")
_MAX_CHARS = 1 << 20  # environments cut what they show; this is a fuse


@dataclass(frozen=True, kw_only=True, slots=True)
class Played:
    """What a step of an environment gave."""

    observation: str
    reward: float | None
    """None before the verdict, and with one that says nothing about the response (ERROR, UNKNOWN)."""
    terminated: bool
    truncated: bool
    info: Info
    is_done: bool
    """Whether all calls of the response could be made."""


class EpisodeTools:
    """What a client can do with an environment besides calling its tools: `reset`, `step` and `state`.

    Nothing here tells the reference of a task, nor the evidence of a verdict, which quotes it: a task can be played
    again. Rewards are told at the end of an episode alone, and tasks of other options than those of `env` are refused.
    """

    def __init__(self, env: TextEnv) -> None:
        self._env = env
        self._options = env.source.task(env.split, 0, 0).id.config
        self._turn = asyncio.Lock()

    @tool(Effect.WRITE)
    async def reset(
        self, seed: int | None = None, index: int | None = None, split: Split | None = None, task_id: str | None = None
    ) -> Mapping[str, object]:
        """Start an episode: the next one of the stream, or the one that the arguments name.

        Args:
            seed: Begins the stream of this number.
            index: Place of the task in its stream.
            split: Which tasks.
            task_id: Names one task; it goes ahead of the others.
        """
        chosen = {"index": index, "split": split, "task_id": task_id}
        options = {name: value for name, value in chosen.items() if value is not None}
        if task_id is not None:
            _refuse_other_options(task_id, self._options)
        async with self._turn:
            prompt, info = await _apart(lambda: self._env.reset(seed=seed, options=options))
        system = [message.content for message in self._env.messages() if message.role == "system"]
        return {"task_id": info["task_id"], "instructions": "\n\n".join(system), "observation": prompt}

    @tool(Effect.WRITE)
    async def step(self, response: str) -> Mapping[str, object]:
        """Hand in a response as text: the next observation and, at the end, the reward.

        Args:
            response: An answer, a move, or a message to the other side.
        """
        played = await self.play(response)
        return {name: getattr(played, name) for name in ("observation", "reward", "terminated", "truncated", "info")}

    @tool(Effect.READ)
    async def state(self) -> Mapping[str, object]:
        """How far the episode is."""
        try:
            episode = self._env.episode
        except gymnasium.error.ResetNeeded:
            return {"task_id": None, "turns": 0, "is_over": True}
        row = {"task_id": str(episode.task.id), "turns": episode.turns, "is_over": episode.is_over}
        if episode.verdict is not None:
            row |= {"end": str(episode.end), "reward": _reward(episode.verdict)}
        return row

    async def play(self, response: str) -> Played:
        """A step of the environment, one at a time."""
        async with self._turn:
            reply, _, terminated, truncated, info = await _apart(lambda: self._env.step(response))
            episode = self._env.episode
            components = episode.records[-1].components
        return Played(
            observation=reply,
            reward=_reward(episode.verdict),
            terminated=terminated,
            truncated=truncated,
            info={name: value for name, value in info.items() if name != "detail"},
            is_done=components.get("format", 1.0) * components.get("calls", 1.0) == 1.0,
        )


def served(env: TextEnv) -> Toolbox:
    """The tools of an environment as a client sees them: its own as they are, and those of `EpisodeTools`."""
    env = _plain_spoken(env)
    control = EpisodeTools(env)
    own = env.tools if isinstance(env, ToolEnv | SessionEnv) else ()
    taken = {spec.name for spec in own}
    rows = [
        replace(row, spec=replace(row.spec, name=f"episode_{name}")) if name in taken else row
        for name, row in Toolbox.of(control).items()
    ]
    effects = env.effects if isinstance(env, ToolEnv) else {}
    passed_on = (_passed_on(spec, effects.get(spec.name, Effect.WRITE), control) for spec in own)
    return Toolbox([*passed_on, *rows], max_chars=_MAX_CHARS)


async def serve(env: TextEnv) -> None:
    """Serve an environment over standard input and output until the client hangs up.

    Raises:
        MissingPackageError: The package `mcp` is not installed.
    """
    try:
        from mcp.server.stdio import stdio_server
    except ImportError:
        raise MissingPackageError("the package `mcp` is not installed\n\nhint: `pip install palestra[mcp]`") from None
    try:
        server = server_of(env)
        async with stdio_server() as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())
    finally:
        await asyncio.to_thread(env.close)


def server_of(env: TextEnv) -> Server:
    """A server of the official package, to be run over any transport."""
    from mcp import types
    from mcp.server import Server, ServerRequestContext

    box = served(env)

    async def listed(
        context: ServerRequestContext, parameters: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        rows = []
        for name, row in box.items():
            hints = types.ToolAnnotations(read_only_hint=row.effect is Effect.READ)
            schema = dict(row.spec.parameters)
            rows.append(types.Tool(name=name, description=row.spec.description, input_schema=schema, annotations=hints))
        return types.ListToolsResult(tools=rows)

    async def called(context: ServerRequestContext, parameters: types.CallToolRequestParams) -> types.CallToolResult:
        result = await box.acall(ToolCall(name=parameters.name, arguments=parameters.arguments or {}))
        return types.CallToolResult(content=[types.TextContent(text=_sendable(result))], is_error=not result.ok)

    return Server(env.source.id, on_list_tools=listed, on_call_tool=called)


def _reward(verdict: Verdict | None) -> float | None:
    return verdict.score if verdict is not None and verdict.valid else None


def _refuse_other_options(task_id: str, served: Mapping[str, Scalar]) -> None:
    """An id carries options, which for data sets and bridges name files and packages of this machine."""
    try:
        check_options(TaskId.parse(task_id), served)
    except EnvError as error:
        raise ToolError(str(error)) from None


def _plain_spoken(env: TextEnv) -> TextEnv:
    """The environment with calls in plain JSON: the protocol has a format of its own."""
    if isinstance(env, SessionEnv):
        env.codec = PlainCodec()
    if isinstance(env, ToolEnv):
        return env.speaking(PlainCodec())
    return env


def _passed_on(spec: ToolSpec, effect: Effect, control: EpisodeTools) -> Tool:
    """A tool of the environment; the call is a turn of the episode."""

    async def run(arguments: Mapping[str, Json]) -> str:
        text = PlainCodec().render_call(ToolCall(name=spec.name, arguments=arguments))
        played = await control.play(text)
        shown = played.observation
        if played.terminated or played.truncated:
            earned = "no reward: the grader has no verdict" if played.reward is None else f"reward {played.reward:g}"
            shown = f"{shown}\nThe episode is over: {played.info['end']}, {earned}."
        if not played.is_done:
            raise ToolError(shown.removeprefix("Error: "))
        return shown

    return Tool(spec=spec, effect=effect, run=run)


async def _apart(work: Callable[[], T]) -> T:
    """What the environment does, on a thread; what the client has done wrong is a refused call."""
    try:
        return await asyncio.to_thread(work)
    except (EnvError, gymnasium.error.ResetNeeded) as error:
        raise ToolError(str(error)) from error


def _sendable(result: ToolResult) -> str:
    return result.content.encode("utf-8", "backslashreplace").decode()
