"""Agents without a model: they show what an environment pays for knowing, doing nothing and guessing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Protocol

from palestra.agents.errors import UnknownAgentError
from palestra.envs import KeyedRandom, TextEnv


class EpisodeAgent(Protocol):
    """Answers from what the environment itself offers."""

    @property
    def name(self) -> str:
        """What results call it."""
        ...

    def respond(self, env: TextEnv) -> str:
        """The response to the environment's current turn: the same for the same task and turn, anywhere."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class ScriptedAgent:
    """Answers from what the environment itself offers."""

    name: str
    summary: str
    """One sentence for people."""
    answer: Callable[[TextEnv, KeyedRandom], str]
    """The response to the current turn, from the environment and random numbers."""

    def respond(self, env: TextEnv) -> str:
        """The response to the environment's current turn: the same for the same task and turn, anywhere."""
        episode = env.episode
        return self.answer(env, KeyedRandom("agent", self.name, str(episode.task.id), episode.turns))


@dataclass(frozen=True, kw_only=True, slots=True)
class Cheater:
    """Plays one of the policies that an environment names as cheats; behind its last response it writes nothing."""

    cheat: str
    """A key of `TextEnv.cheats`."""

    @property
    def name(self) -> str:
        """`cheater:` and the cheat."""
        return f"{CHEATER}{self.cheat}"

    def respond(self, env: TextEnv) -> str:
        """The cheat's response to the current turn.

        Raises:
            UnknownAgentError: The task has no such cheat.
        """
        cheats = env.cheats(env.task)
        if self.cheat not in cheats:
            raise UnknownAgentError(f"`{env.task.id}` has no cheat `{self.cheat}`\n\nhint: {_known(cheats)}")
        responses = cheats[self.cheat]
        turn = env.episode.turns
        return responses[turn] if turn < len(responses) else ""


CHEATER = "cheater:"
"""What the names of cheaters begin with; `cheater:*` stands for all that the environment names."""


def _known(cheats: Mapping[str, object]) -> str:
    return f"there are {', '.join(sorted(cheats))}" if cheats else "this task has none"


class AgentTable(Mapping[str, ScriptedAgent]):
    """Scripted agents by name."""

    def __init__(self, *agents: ScriptedAgent) -> None:
        self._agents = {agent.name: agent for agent in agents}

    def __getitem__(self, name: str) -> ScriptedAgent:
        """The agent of a name.

        Raises:
            UnknownAgentError: There is none; the message names the nearest.
        """
        try:
            return self._agents[name]
        except KeyError:
            near = get_close_matches(name, self._agents, n=1)
            guess = f"; did you mean `{near[0]}`?" if near else ""
            names = ", ".join(self._agents)
            raise UnknownAgentError(f"no agent `{name}`{guess}\n\nhint: there are {names}") from None

    def __contains__(self, name: object) -> bool:
        return name in self._agents

    def __iter__(self) -> Iterator[str]:
        return iter(self._agents)

    def __len__(self) -> int:
        return len(self._agents)


AGENTS = AgentTable(
    ScriptedAgent(
        name="oracle",
        summary="Knows the answer: the ceiling, 1 wherever the environment is sound.",
        answer=lambda env, rng: env.oracle(),
    ),
    ScriptedAgent(
        name="noop",
        summary="Writes nothing: must earn nothing.",
        answer=lambda env, rng: "",
    ),
    ScriptedAgent(
        name="random",
        summary="Draws a well-formed answer without reading the question: what luck is worth.",
        answer=lambda env, rng: env.guess(rng),
    ),
)
"""Every scripted agent."""
