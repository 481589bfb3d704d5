"""The side of a remote episode that holds the environment: tasks are made here, and verdicts are computed here."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from palestra.agents.remote.errors import EpisodeLostError
from palestra.agents.remote.spec import EnvSpec, Fault, News, TaskName
from palestra.envs import EndReason, EnvError, KeyedRandom, Task, TaskId, TextEnv

_REMEMBERED = 4096
ReplyT = TypeVar("ReplyT")
P = ParamSpec("P")
Call = Callable[Concatenate["EnvHost", P], Awaitable[ReplyT]]


def _faults_as_values(call: Call[P, ReplyT]) -> Call[P, ReplyT | Fault]:
    """What an environment raises must reach the driver whatever the transport makes of exceptions."""

    @wraps(call)
    async def guarded(host: EnvHost, /, *args: P.args, **kwargs: P.kwargs) -> ReplyT | Fault:
        try:
            return await call(host, *args, **kwargs)
        except EnvError as error:
            return Fault(what=f"{type(error).__name__}: {error}", ends_run=True)
        except Exception as error:  # noqa: BLE001  the boundary: what breaks in an environment is data
            return Fault(what=f"{type(error).__name__}: {error}")

    return guarded


class EnvHost:
    """Holds the environments of many episodes, each under the name of its session.

    A host is a trusted process: references, hidden tests and verdicts are in it, as they are in the driver's process
    when environments are local. What the policy writes runs in sandboxes that it starts.
    """

    def __init__(self) -> None:
        self._envs: dict[str, TextEnv] = {}
        self._closed: deque[str] = deque(maxlen=_REMEMBERED)

    async def ping(self) -> int:
        """How many episodes are open."""
        return len(self._envs)

    @_faults_as_values
    async def open(self, session: str, spec: EnvSpec, name: TaskName) -> News:
        """Start the episode of a task."""
        env = spec.make()
        task = env.source.regenerate(TaskId.parse(name.id))
        _check(task, name)
        self._envs[session] = env
        reply = await env.aenter(task)
        if session in self._closed:  # the driver gave up in the meantime
            await self._drop(session)
            raise EpisodeLostError("the episode was closed while it was opened")
        return _news(env, reply)

    @_faults_as_values
    async def play(self, session: str, text: str) -> News:
        """Hand in a response."""
        env = self._env(session)
        messages, records = len(env.episode.messages), len(env.episode.records)
        return _news(env, await env.aplay(text), messages=messages, records=records)

    @_faults_as_values
    async def grade(self, session: str, end: EndReason | None) -> News:
        """Judge an episode; `end` if it was stopped from outside."""
        env = self._env(session)
        if end is not None:
            env.stop(end)
        messages, records = len(env.episode.messages), len(env.episode.records)
        await env.agrade()
        return _news(env, "", messages=messages, records=records)

    @_faults_as_values
    async def fork(self, session: str, twin: str) -> None:
        """Start a session in the same state as another."""
        self._envs[twin] = await self._env(session).fork()

    @_faults_as_values
    async def advise(self, session: str, rng: KeyedRandom | None) -> str:
        """The response of somebody who knows the answer, or with random numbers, of somebody who guesses."""
        env = self._env(session)
        return env.oracle() if rng is None else env.guess(rng)

    @_faults_as_values
    async def close(self, session: str) -> None:
        """Give back what a session holds; does nothing the second time."""
        self._closed.append(session)
        await self._drop(session)

    async def _drop(self, session: str) -> None:
        env = self._envs.pop(session, None)
        if env is not None:
            await env.aclose()

    def _env(self, session: str) -> TextEnv:
        if session not in self._envs:
            raise EpisodeLostError("its process was started anew and knows nothing of the episode")
        return self._envs[session]


def _check(task: Task, name: TaskName) -> None:
    if TaskName.of(task) != name:
        raise EnvError(
            f"the task `{name.id}` is another one on this host than in the driver's process\n\n"
            "hint: install the same versions of palestra and of packages with environments on all machines"
        )


def _news(env: TextEnv, reply: str, *, messages: int = 0, records: int = 0) -> News:
    state: Any = env.episode
    return News(
        messages=state.messages[messages:],
        records=state.records[records:],
        turns=state.turns,
        turn_limit=state.turn_limit,
        end=state.end,
        verdict=state.verdict,
        reply=reply,
    )
