"""The small repository's task, and what somebody who knows its right patch says."""

from __future__ import annotations

from palestra.agents.loops import AgentLoop
from palestra.envs import Task
from palestra.envs.errors import EmptySplitError
from palestra.envs.swe.env import SweEnv
from palestra.envs.swe.places import Places
from palestra.envs.task import IID_SPLITS
from palestra.verifiers.tools.call import ToolCall
from small_repository import source


def worked_on(places: Places, loop: AgentLoop) -> tuple[SweEnv, Task]:
    """An environment under a loop, and the only task of its source."""
    swe = source(places, **{name: str(value) for name, value in loop.options.items()})
    for split in IID_SPLITS:
        try:
            task = swe.task(split, 0, 0)
        except EmptySplitError:
            continue
        env = loop.fit(swe.env(split=split))
        assert isinstance(env, SweEnv)
        return env, task
    raise AssertionError("the only task is in one of the splits")


def right_responses(env: SweEnv, task: Task) -> list[str]:
    """A look at the repository, words without a call, and then the oracle's own responses."""
    look = env.codec.render_call(ToolCall(name="bash", arguments={"command": "grep -rn absolute . || ls shapes"}))
    right: list[str] = []
    env.enter(task)
    while not env.episode.is_over:
        right.append(env.oracle())
        env.play(right[-1])
    env.close()
    return [look, "I am able to mend this.", *right]
