"""Episodes of agents without a model, one by one or, where a sandbox is waited for, several at once."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Sequence

from palestra.agents.breakdown import breakdown
from palestra.agents.errors import AgentError
from palestra.agents.generator import FinishReason
from palestra.agents.rollout import Rollout
from palestra.agents.scripted import EpisodeAgent
from palestra.envs import AsyncTextEnv, EndReason, EnvError, Task, TextEnv
from palestra.envs.loop_thread import wait_for
from palestra.verifiers import Outcome, Verdict


def play(
    env: TextEnv,
    agent: EpisodeAgent,
    tasks: Sequence[Task],
    concurrent: int,
    on_done: Callable[[Rollout], None] = lambda rollout: None,
) -> list[Rollout]:
    """What became of the episodes of the tasks, in their order; nobody sampled tokens, so they have none.

    Episodes that hold a sandbox are played `concurrent` at a time, each in a copy of the environment; what breaks
    in their machinery is tried once more and is then a verdict of ERROR. `on_done` hears of each as it ends.
    """
    if isinstance(env, AsyncTextEnv):
        return wait_for(_play_together(env, agent, tasks, concurrent, on_done))
    rollouts = []
    for task in tasks:
        rollouts.append(_play(env, agent, task))
        on_done(rollouts[-1])
    return rollouts


def key_of(task: Task, sample: int) -> str:
    """What names a sample of a task in an evaluation: the same for the same task, wherever it stands."""
    return f"{task.id}#{sample}"


def _play(env: TextEnv, agent: EpisodeAgent, task: Task) -> Rollout:
    env.enter(task)
    while not env.episode.is_over:
        env.play(agent.respond(env))
    if env.episode.verdict is None:
        env.grade()
    return _rollout(env)


async def _play_together(
    env: AsyncTextEnv,
    agent: EpisodeAgent,
    tasks: Sequence[Task],
    concurrent: int,
    on_done: Callable[[Rollout], None],
) -> list[Rollout]:
    places = asyncio.Semaphore(concurrent)

    async def play_one(task: Task) -> Rollout:
        async with places:
            rollout = await _attempt(env, agent, task)
            if rollout.verdict.outcome is Outcome.ERROR:
                rollout = await _attempt(env, agent, task)
            on_done(rollout)
            return rollout

    return list(await asyncio.gather(*map(play_one, tasks)))


async def _attempt(env: AsyncTextEnv, agent: EpisodeAgent, task: Task) -> Rollout:
    own = copy.copy(env)  # it holds no session yet
    try:
        await own.aenter(task)
        while not own.episode.is_over:
            await own.aplay(await asyncio.to_thread(agent.respond, own))
        if own.episode.verdict is None:
            await own.agrade()
        return _rollout(own)
    except (EnvError, AgentError):
        raise  # a wrong name or a missing package: nothing that a mask should hide
    except Exception as error:  # noqa: BLE001  the boundary: broken machinery is data, never a reward
        verdict = breakdown(f"{type(error).__name__} in `{task.id.source}`: {error}")
        return _finished(task, verdict, EndReason.INFRA_ERROR, (), "")
    finally:
        await own.aclose()


def _rollout(env: TextEnv) -> Rollout:
    state = env.episode
    assert state.verdict is not None, "a graded episode has a verdict"
    responses = tuple(message.content for message in state.messages if message.role == "assistant")
    return _finished(state.task, state.verdict, state.end, responses, env.system(state.task))


def _finished(task: Task, verdict: Verdict, end: EndReason | None, responses: tuple[str, ...], system: str) -> Rollout:
    return Rollout(
        key=key_of(task, 0),
        task=task,
        segments=(),
        responses=responses,
        verdict=verdict,
        finish_reason=FinishReason.STOP,
        end=end,
        system=system,
    )
