"""Episodes of agents without a model, one by one or, where a sandbox is waited for, several at once."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Sequence
from dataclasses import dataclass

from palestra.agents.breakdown import breakdown
from palestra.agents.errors import AgentError
from palestra.agents.scripted import EpisodeAgent
from palestra.envs import AsyncTextEnv, EndReason, EnvError, Task, TextEnv
from palestra.envs.loop_thread import wait_for
from palestra.verifiers import Outcome, Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """How an episode ended."""

    verdict: Verdict
    end: EndReason | None
    turns: int


def play(env: TextEnv, agent: EpisodeAgent, tasks: Sequence[Task], concurrent: int) -> list[Ending]:
    """How the episodes of the tasks end, in their order.

    Episodes that hold a sandbox are played `concurrent` at a time, each in a copy of the environment; what breaks
    in their machinery is tried once more and is then a verdict of ERROR.
    """
    if isinstance(env, AsyncTextEnv):
        return wait_for(_play_together(env, agent, tasks, concurrent))
    return [_play(env, agent, task) for task in tasks]


def _play(env: TextEnv, agent: EpisodeAgent, task: Task) -> Ending:
    env.enter(task)
    while not env.episode.is_over:
        env.play(agent.respond(env))
    if env.episode.verdict is None:
        env.grade()
    return _ending(env)


async def _play_together(
    env: AsyncTextEnv, agent: EpisodeAgent, tasks: Sequence[Task], concurrent: int
) -> list[Ending]:
    places = asyncio.Semaphore(concurrent)

    async def play_one(task: Task) -> Ending:
        async with places:
            ending = await _attempt(env, agent, task)
            return ending if ending.verdict.outcome is not Outcome.ERROR else await _attempt(env, agent, task)

    return list(await asyncio.gather(*map(play_one, tasks)))


async def _attempt(env: AsyncTextEnv, agent: EpisodeAgent, task: Task) -> Ending:
    own = copy.copy(env)  # it holds no session yet
    try:
        await own.aenter(task)
        while not own.episode.is_over:
            await own.aplay(await asyncio.to_thread(agent.respond, own))
        if own.episode.verdict is None:
            await own.agrade()
        return _ending(own)
    except (EnvError, AgentError):
        raise  # a wrong name or a missing package: nothing that a mask should hide
    except Exception as error:  # noqa: BLE001  the boundary: broken machinery is data, never a reward
        verdict = breakdown(f"{type(error).__name__} in `{task.id.source}`: {error}")
        return Ending(verdict=verdict, end=EndReason.INFRA_ERROR, turns=0)
    finally:
        await own.aclose()


def _ending(env: TextEnv) -> Ending:
    state = env.episode
    assert state.verdict is not None, "a graded episode has a verdict"
    return Ending(verdict=state.verdict, end=state.end, turns=state.turns)
