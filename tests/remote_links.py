"""Links to environment hosts in this process, which can be made to fail as processes and networks do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from doubles import ByteTokenizer, ScriptedGenerator
from palestra.agents import Conduct, Episode, Rollout, RolloutDriver, Sampling
from palestra.agents.remote import EnvHost, EnvSpec, EnvWorkers
from palestra.envs import ENVS, Task


class LocalLink:
    """A host in this process. At `break_at` its process dies, at `slow_at` it takes long, from `hang_at` on it
    answers nothing until a restart. Calls are counted from 1."""

    def __init__(
        self,
        name: str = "host",
        *,
        break_at: Sequence[int] = (),
        slow_at: Sequence[int] = (),
        hang_at: int | None = None,
    ) -> None:
        self.name = name
        self.host = EnvHost()
        self.calls = 0
        self.restarts = 0
        self.is_down = False
        self.is_ended = False
        self._break_at, self._slow_at, self._hang_at = break_at, slow_at, hang_at

    def lose(self) -> None:
        """The process dies, and another takes its place, which knows nothing."""
        self.host = EnvHost()

    def restart(self) -> None:
        self.restarts += 1
        self._hang_at = None
        self.lose()

    def end(self) -> None:
        self.is_ended = True

    async def _call(self, name: str, *args: Any) -> Any:
        self.calls += 1
        if self.is_down:
            raise ConnectionRefusedError("the node is down")
        if self._hang_at is not None and self.calls >= self._hang_at:
            await asyncio.Event().wait()
        if self.calls in self._slow_at:
            await asyncio.sleep(0.4)
        if self.calls in self._break_at:
            self.lose()
            raise ConnectionResetError("the process died")
        return await getattr(self.host, name)(*args)

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        if name not in ("ping", "open", "play", "grade", "fork", "advise", "close"):
            raise AttributeError(name)
        return lambda *args: self._call(name, *args)


def tasks_of(env_id: str, count: int) -> list[Task]:
    source = ENVS.make(env_id).source
    return [source.task("train", 0, index) for index in range(count)]


async def play(workers: EnvWorkers, tasks: Sequence[Task], **settings: Any) -> list[Rollout]:
    """Rollouts of a scripted policy, one for each task, without their clocks."""
    generator = ScriptedGenerator(lambda text, key: f"My guess is {len(text) % 97}.")
    driver = RolloutDriver(
        generator, ByteTokenizer(), Sampling(max_new_tokens=60, temperature=1.0), Conduct(**settings)
    )
    episodes = [
        Episode(key=f"0/{number}", env=workers.env(EnvSpec(id=task.id.source, config=task.id.config)), task=task)
        for number, task in enumerate(tasks)
    ]
    return [without_clocks(rollout) for rollout in await driver.play(episodes)]


def without_clocks(rollout: Rollout) -> Rollout:
    return replace(rollout, timings={})
