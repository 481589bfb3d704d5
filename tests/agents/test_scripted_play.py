"""Episodes of agents without a model."""

from __future__ import annotations

from palestra.agents import AGENTS, EpisodeAgent, Rollout
from palestra.agents.scripted_play import play
from palestra.envs import ENVS, TextEnv


class Watching:
    """An oracle that remembers how many episodes were told of when it answered."""

    name = "watching"

    def __init__(self, told: list[Rollout]) -> None:
        self.told_before: list[int] = []
        self._told = told

    def respond(self, env: TextEnv) -> str:
        self.told_before.append(len(self._told))
        return AGENTS["oracle"].respond(env)


def test_each_episode_is_told_of_as_soon_as_it_ends() -> None:
    env = ENVS.make("palestra/ChainSum-v1")
    tasks = [env.source.task("test", 0, index) for index in range(3)]
    told: list[Rollout] = []
    agent = Watching(told)
    as_agent: EpisodeAgent = agent
    assert play(env, as_agent, tasks, 1, told.append) == told
    assert agent.told_before == [0, 1, 2]
