"""A session: one environment that one client plays, a request at a time and each with a deadline."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, TypeVar

import gymnasium

from palestra.envs.errors import EnvError
from palestra.envs.serving.errors import LostSessionError
from palestra.envs.serving.messages import Json, ResetOrder
from palestra.envs.serving.offer import Offer
from palestra.envs.task import Scalar
from palestra.envs.text_env import TextEnv
from palestra.verifiers import Verdict

T = TypeVar("T")


class Session:
    """What a client can do: `reset`, `step` and `state`.

    Covered: neither the reference nor the evidence of a verdict leaves the server, since evidence quotes references
    ("right is 147") and a task can be played again. A verdict that says nothing about the response (ERROR, UNKNOWN)
    has no reward, and `metadata.valid` is false. Not covered: a client that guesses over and over.
    """

    def __init__(self, offer: Offer, threads: Executor, request_s: float) -> None:
        self.id = secrets.token_urlsafe(16)
        self.offer = offer
        self.last_asked_s = 0.0
        """By the clock of the table that keeps it."""
        self.is_lost = False
        """Whether a request overran its deadline; its thread may still run."""
        self._threads = threads
        self._request_s = request_s
        self._turn = asyncio.Lock()
        self._env: TextEnv | None = None
        self._episode_id: str | None = None
        self._work: asyncio.Future[Any] | None = None

    @property
    def is_working(self) -> bool:
        """Whether a thread is still at work for this session."""
        return self._work is not None and not self._work.done()

    async def reset(self, order: ResetOrder) -> Json:
        """Start an episode; the first observation.

        Raises:
            TaskIdError: The order names no task of what is offered.
            LostSessionError: It took too long.
        """
        task_id = order.options.get("task_id")
        if isinstance(task_id, str):
            self.offer.check(task_id)
        return await self._one_at_a_time(lambda: self._reset(order))

    async def step(self, text: str) -> Json:
        """Hand in a response; the next observation and, at the end, the reward.

        Raises:
            gymnasium.error.ResetNeeded: No episode is open.
            LostSessionError: It took too long.
        """
        return await self._one_at_a_time(lambda: self._step(text))

    def state(self) -> Json:
        """How far the episode is."""
        row: dict[str, object] = {"episode_id": self._episode_id, "step_count": 0, "env_id": self.offer.id}
        try:
            episode = self._opened().episode
        except gymnasium.error.ResetNeeded:
            return {**row, "task_id": None, "is_over": True}
        row |= {"step_count": episode.turns, "turn_limit": episode.turn_limit, "is_over": episode.is_over}
        row |= {"task_id": str(episode.task.id), "end": episode.end and str(episode.end)}
        return {**row, "reward": _reward(episode.verdict)}

    async def close(self) -> None:
        """Give back what the environment holds. Does nothing the second time, or while a lost request still runs."""
        if self.is_working:
            return
        env, self._env = self._env, None
        if env is not None:
            loop = asyncio.get_running_loop()
            await asyncio.wait_for(loop.run_in_executor(self._threads, env.close), self._request_s)

    async def _one_at_a_time(self, work: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(self._request_s), self._turn:
                if self.is_lost:
                    raise LostSessionError("an earlier request of this session took too long\n\nhint: open another one")
                future = asyncio.get_running_loop().run_in_executor(self._threads, work)
                self._work = future
                return await asyncio.shield(future)  # a thread cannot be stopped: it ends alone
        except TimeoutError:
            self.is_lost = True
            raise LostSessionError(
                f"no answer within {self._request_s:g} s; the session is closed\n\nhint: raise the limit of requests"
            ) from None

    def _opened(self) -> TextEnv:
        if self._env is None:
            raise gymnasium.error.ResetNeeded("no episode yet\n\nhint: call `reset()` first")
        return self._env

    def _reset(self, order: ResetOrder) -> Json:
        if self._env is None:
            self._env = self.offer.make()
        env = self._env
        prompt, _ = env.reset(seed=order.seed, options=order.options)
        self._episode_id = order.episode_id
        return _message(env, prompt, reward=None, done=False, facts={"session_id": self.id, "env_id": self.offer.id})

    def _step(self, text: str) -> Json:
        env = self._opened()
        reply, _, terminated, truncated, info = env.step(text)
        episode = env.episode
        hidden = {"detail", "task_id"}
        facts = {name: value for name, value in info.items() if name not in hidden}
        facts |= {"terminated": terminated, "truncated": truncated, "turn": dict(episode.records[-1].components)}
        return _message(env, reply, reward=_reward(episode.verdict), done=episode.is_over, facts=facts)


def refused(error: Exception) -> str | None:
    """What a client is told of an error that is its own doing; None for ours, of which it learns the kind alone."""
    return str(error) if isinstance(error, EnvError | gymnasium.error.ResetNeeded) else None


def _reward(verdict: Verdict | None) -> float | None:
    return verdict.score if verdict is not None and verdict.valid else None


def _message(env: TextEnv, text: str, *, reward: float | None, done: bool, facts: dict[str, object]) -> Json:
    system = "\n\n".join(message.content for message in env.messages() if message.role == "system")
    meta: dict[str, Scalar] = dict(env.task.meta)
    observation = {"text": text, "system": system, "task_id": str(env.task.id), "metadata": meta}
    return {"observation": observation, "reward": reward, "done": done, "metadata": facts}
