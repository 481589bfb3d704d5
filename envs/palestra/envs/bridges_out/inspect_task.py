"""Environments as tasks of Inspect, with our verdicts as its scores.

    inspect eval palestra/environment -T env_id=palestra/Countdown-v1 --model openai/MODEL

Source: https://inspect.aisi.org.uk/tasks.html; tested with inspect-ai 0.3.285. The package is needed.
"""

from __future__ import annotations

import asyncio
from typing import cast

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageSystem, ChatMessageUser
from inspect_ai.scorer import Score, Scorer, Target, accuracy, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, solver

from palestra.envs.export import dataset
from palestra.envs.table import ENVS
from palestra.envs.task import Scalar, Split
from palestra.verifiers import Verdict

_VERDICT = "palestra_verdict"
_END = "palestra_end"


@task  # type: ignore[untyped-decorator,unused-ignore]
def environment(
    env_id: str,
    split: str = "test",
    size: int = 100,
    seed: int = 0,
    difficulty: float | None = None,
    system_prompt: str = "",
) -> Task:
    """An environment as a task: one sample for each of its tasks, played turn by turn.

    Args:
        env_id: Id of the environment.
        split: Which tasks.
        size: How many.
        seed: Stream of the tasks.
        difficulty: The environment's default if it is not given.
        system_prompt: What every conversation begins with.
    """
    config: dict[str, Scalar] = {} if difficulty is None else {"difficulty": difficulty}
    tasks = dataset(env_id, cast(Split, split), size, seed, config=config)
    samples = [
        Sample(id=str(one.id), input=one.prompt, target="", metadata={"task_id": str(one.id), **one.meta})
        for one in tasks
    ]
    return Task(
        dataset=MemoryDataset(samples, name=env_id),
        solver=play(env_id, config, system_prompt),
        scorer=verdict(),
        metadata={"env_id": env_id, "split": split, "seed": seed},
    )


@solver  # type: ignore[untyped-decorator,unused-ignore]
def play(env_id: str, config: dict[str, Scalar], system_prompt: str = "") -> Solver:
    """Plays a sample's task: each generation is a response, each reply the next message of the user.

    Args:
        env_id: Id of the environment.
        config: Its options.
        system_prompt: What every conversation begins with.
    """

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        env = ENVS.make(env_id, config=config, system_prompt=system_prompt)
        try:
            await asyncio.to_thread(env.reset, options={"task_id": state.metadata["task_id"]})
            opening = [message for message in env.messages() if message.role == "system"]
            state.messages = [
                *(ChatMessageSystem(content=message.content) for message in opening),
                ChatMessageUser(content=env.task.prompt),
            ]
            while not env.episode.is_over:
                state = await generate(state)
                reply, *_ = await env.astep(state.output.completion)
                if not env.episode.is_over:
                    state.messages.append(ChatMessageUser(content=reply))
            state.store.set(_VERDICT, env.episode.verdict)
            state.store.set(_END, str(env.episode.end))
        finally:
            await env.aclose()
        state.completed = True
        return state

    return cast(Solver, solve)


@scorer(metrics=[accuracy(), stderr()])  # type: ignore[untyped-decorator,unused-ignore]
def verdict() -> Scorer:
    """The verdict as a score; one that says nothing about the response (ERROR, UNKNOWN) is left out of the metrics."""

    async def score(state: TaskState, target: Target) -> Score:
        found = state.store.get(_VERDICT)
        if not isinstance(found, Verdict):
            return Score.unscored(reason="scoring_failed", explanation="the episode has no verdict")
        facts = {"outcome": str(found.outcome), "end": state.store.get(_END), **found.parts}
        answer = state.output.completion
        if not found.valid:
            why = f"{found.outcome}: {found.detail}"
            return Score.unscored(reason="scoring_failed", answer=answer, explanation=why, metadata=facts)
        return Score(value=found.score, answer=answer, explanation=found.detail, metadata=facts)

    return cast(Scorer, score)
