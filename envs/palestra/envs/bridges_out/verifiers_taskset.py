"""Environments as a taskset of `verifiers` (v1), for its evaluation and for prime-rl.

    uv run eval palestra-taskset --env.taskset.env-id palestra/Countdown-v1 --env.player.harness.id null

`verifiers` loads a taskset by the name of a module at the top level, which is `palestra_taskset`.

Source: `verifiers/v1/taskset.py`, `task.py` and `env.py` of https://github.com/PrimeIntellect-ai/verifiers; tested with
verifiers 0.3.1. The package is needed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import cast

import verifiers.v1 as vf

from palestra.envs.ending import EndReason
from palestra.envs.errors import EmptySplitError
from palestra.envs.export import dataset
from palestra.envs.table import ENVS
from palestra.envs.task import Split, TaskId
from palestra.envs.text_env import TextEnv

_ID = "palestra-taskset"


class PalestraConfig(vf.TasksetConfig):  # type: ignore[misc,unused-ignore]
    """Which tasks of which environment."""

    id: str = _ID
    """Names `palestra_taskset`."""
    env_id: str = "palestra/Countdown-v1"
    """Id of the environment, e.g. palestra/Countdown-v1."""
    split: str = "train"
    """Which tasks."""
    seed: int = 0
    """Stream of the tasks."""
    size: int = 1000
    """How many tasks, each puzzle once."""
    difficulty: float | None = None
    """The environment's default if it is not given."""


class PalestraData(vf.TaskData):  # type: ignore[misc,unused-ignore]
    """What a task carries: its id. The reference is made again where the response is judged, and is in no trace."""

    task_id: str


class PalestraTask(vf.Task[PalestraData, vf.State, vf.TaskConfig]):  # type: ignore[misc,unused-ignore]
    """A task whose episode `PalestraEnv` plays and scores."""

    @property
    def key(self) -> str:
        """The id of the task, which is the same in every run."""
        return cast(str, self.data.task_id)


class PalestraEnvConfig(vf.EnvConfig):  # type: ignore[misc,unused-ignore]
    """The one who plays."""

    player: vf.AgentConfig = vf.AgentConfig()
    """The policy."""


class UnscoredError(RuntimeError):
    """A verdict that says nothing about the response; the trace has an error, and no reward."""


class PalestraEnv(vf.Env[PalestraEnvConfig]):  # type: ignore[misc,unused-ignore]
    """Plays an environment of one or of many turns: the environment is the user."""

    async def run(self, task: PalestraTask, agents: vf.Agents) -> None:
        """Play and score one episode.

        Raises:
            UnscoredError: The verdict is ERROR or UNKNOWN.
        """
        task_id = TaskId.parse(task.data.task_id)
        env = ENVS.make(task_id.source, split=task_id.split, config=task_id.config)
        try:
            await asyncio.to_thread(env.reset, options={"task_id": task.data.task_id})
            async with agents.player.interaction(task) as interaction:
                segment = await interaction.turn()
                while not segment.terminated:
                    reply, *_ = await env.astep(segment.last_reply)
                    if env.episode.is_over:
                        break
                    segment = await interaction.turn(reply)
            if not env.episode.is_over and not interaction.trace.has_error:
                env.stop(EndReason.MAX_TOKENS)  # a limit of the trainer ended the exchange: judged as it stands
                await env.agrade()
            _record(env, interaction.trace)
        finally:
            await env.aclose()


class PalestraTaskset(vf.Taskset[PalestraTask, PalestraConfig]):  # type: ignore[misc,unused-ignore]
    """The tasks of one environment."""

    def load(self) -> Iterator[PalestraTask]:
        """Make the tasks while they are read."""
        chosen = self.config
        config = {} if chosen.difficulty is None else {"difficulty": chosen.difficulty}
        env = ENVS.make(chosen.env_id, config=config)
        tasks = dataset(chosen.env_id, cast(Split, chosen.split), chosen.size, chosen.seed, config=config)
        for index, task in enumerate(tasks):
            data = PalestraData(
                idx=index,
                name=str(task.id),
                prompt=task.prompt,
                system_prompt=env.system(task) or None,
                task_id=str(task.id),
            )
            yield PalestraTask(data, chosen.task)
        if chosen.size < 1:
            raise EmptySplitError(f"`size` must be 1 or more, got {chosen.size}")


def _record(env: TextEnv, trace: vf.Trace) -> None:
    verdict = env.episode.verdict
    if verdict is None:
        return  # the exchange broke, and the trace says why
    trace.info["palestra"] = {"outcome": str(verdict.outcome), "detail": verdict.detail, "end": str(env.episode.end)}
    trace.record_metric("turns", float(env.episode.turns))
    trace.record_metrics(dict(verdict.parts))
    if not verdict.valid:
        unscored = UnscoredError(f"{verdict.outcome}: {verdict.detail}")
        trace.record_error(unscored)  # a trace without rewards counts as 0 for whoever does not look at its errors
        raise unscored
    trace.record_reward("score", verdict.score)


__all__ = ["PalestraEnv", "PalestraTaskset"]
