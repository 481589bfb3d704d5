"""Environments that wait for something outside of the process, e.g. a sandbox."""

from __future__ import annotations

from abc import abstractmethod
from typing import Self

from palestra.envs.loop_thread import wait_for
from palestra.envs.task import Task
from palestra.envs.text_env import TextEnv
from palestra.envs.turn import EpisodeState, Turn
from palestra.verifiers import Verdict


class AsyncTextEnv(TextEnv):
    """An environment that is asynchronous inside; `reset` and `step` wait for it on a loop of their own.

    Subclasses implement `abegin`, `arespond`, `ajudge`, `aclose` and `fork`. What breaks outside of the policy's
    doing is an exception here, which the rollout driver tries once more in a fresh session and then masks.
    """

    @abstractmethod
    async def abegin(self, task: Task) -> object:
        """Open what the episode needs; what is to be remembered of it."""

    @abstractmethod
    async def arespond(self, state: EpisodeState, text: str) -> Turn:
        """Answer or judge what the policy wrote."""

    @abstractmethod
    async def ajudge(self, state: EpisodeState) -> Verdict:
        """The judgement of an episode that ended without one."""

    @abstractmethod
    async def aclose(self) -> None:
        """Give back what the episode holds. Does nothing the second time."""

    @abstractmethod
    async def fork(self) -> Self:
        """An environment of its own in the same state."""

    @property
    def is_bounded(self) -> bool:
        """Whether an episode holds something outside of the process: it does."""
        return True

    def begin(self, task: Task) -> object:
        """`abegin`, waited for."""
        return wait_for(self.abegin(task))

    def respond(self, state: EpisodeState, text: str) -> Turn:
        """`arespond`, waited for."""
        return wait_for(self.arespond(state, text))

    def judge(self, state: EpisodeState) -> Verdict:
        """`ajudge`, waited for."""
        return wait_for(self.ajudge(state))

    def close(self) -> None:
        """`aclose`, waited for."""
        wait_for(self.aclose())
        super().close()

    async def aenter(self, task: Task) -> str:
        """`enter` on the caller's loop."""
        return self._start(task, await self.abegin(task))

    async def aplay(self, action: str) -> str:
        """`play` on the caller's loop."""
        state = self._open_episode(action)
        return self._advance(state, action, await self.arespond(state, action))

    async def agrade(self) -> None:
        """`grade` on the caller's loop."""
        self._settle(await self.ajudge(self.episode))
