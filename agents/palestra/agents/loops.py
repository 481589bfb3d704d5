"""How a policy works over several turns: which tool calls it writes, what it reads of the past, and its limits.

Descriptions only: evaluation and training play them with the same driver, over any generator.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from palestra.agents.history import AppendOnly, History
from palestra.envs import Scalar, TextEnv
from palestra.envs.workspace import EpisodeLimits, SessionEnv
from palestra.sandboxes import Limits


def _at_least_one(**limits: int | None) -> None:
    for name, limit in limits.items():
        if limit is not None and limit < 1:
            raise ValueError(f"{name} must be at least 1, got {limit}")


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolCalling:
    """Tool calls in one of the formats of `palestra.verifiers.tools.CODECS`, with all tools that there are."""

    kind: ClassVar[str] = "tool-calling"

    codec: str = "hermes"
    """How calls are written, e.g. hermes, function-xml, openai, python-calls."""
    history: History = field(default_factory=AppendOnly)
    """What is read of earlier turns: append-only, keep-last-observations or drop-thinking."""
    max_episode_tokens: int | None = None
    """Tokens after which an episode ends and is judged as it stands; none: as many as the turns allow."""

    def __post_init__(self) -> None:
        _at_least_one(max_episode_tokens=self.max_episode_tokens)

    @property
    def options(self) -> Mapping[str, Scalar]:
        """Options that an environment with tools is made with."""
        return {"codec": self.codec}

    def fit(self, env: TextEnv) -> TextEnv:
        """The environment itself: its own limits hold."""
        return env


@dataclass(frozen=True, kw_only=True, slots=True)
class MiniSwe:
    """Bash commands in fences and nothing else, as mini-swe-agent works: a sentinel command submits.

    Each command runs in a shell of its own; output is cut in the middle; a response without one command block is
    answered by what is wrong with it, and the third in a row ends the episode.
    """

    kind: ClassVar[str] = "mini-swe"

    steps: int = 250
    """Most responses."""
    command_s: float = 60.0
    """Seconds on the clock of each command."""
    cpu_s: float = 1800.0
    """CPU seconds of all commands together: what stands for a bill."""
    output_chars: int = 10_000
    """What is shown of one command's output."""
    format_errors: int = 3
    """So many unreadable responses in a row end an episode."""
    history: History = field(default_factory=AppendOnly)
    """What is read of earlier turns: append-only, keep-last-observations or drop-thinking."""
    max_episode_tokens: int | None = None
    """Tokens after which an episode ends and is judged as it stands; none: as many as the steps allow."""

    def __post_init__(self) -> None:
        _at_least_one(
            steps=self.steps,
            output_chars=self.output_chars,
            format_errors=self.format_errors,
            max_episode_tokens=self.max_episode_tokens,
        )
        for name, seconds in (("command_s", self.command_s), ("cpu_s", self.cpu_s)):
            if not 0.0 < seconds < math.inf:
                raise ValueError(f"{name} must be positive and finite, got {seconds}")

    @property
    def options(self) -> Mapping[str, Scalar]:
        """Options that an environment with tools is made with."""
        return {"codec": "fenced-bash"}

    def fit(self, env: TextEnv) -> TextEnv:
        """The environment under the loop's limits; the wall limit of an episode stays its own."""
        if isinstance(env, SessionEnv):
            env.limits = self._limits(env.limits)
        return env

    def _limits(self, own: EpisodeLimits) -> EpisodeLimits:
        command: Limits = replace(own.command, wall_s=self.command_s)
        return replace(
            own,
            command=command,
            turns=self.steps,
            turn_wall_s=max(own.turn_wall_s, self.command_s),
            cpu_s=self.cpu_s,
            output_chars=self.output_chars,
            format_errors=self.format_errors,
        )


AgentLoop = ToolCalling | MiniSwe
"""The loops that a configuration can name."""

LOOPS: Mapping[str, AgentLoop] = {loop.kind: loop for loop in (ToolCalling(), MiniSwe())}
"""Each loop as it is by default, by name."""
