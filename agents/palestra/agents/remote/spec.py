"""What travels between a driver and an environment elsewhere: names and values, never an environment."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from palestra.agents.loops import AgentLoop
from palestra.envs import ENVS, EndReason, Message, Scalar, Task, TextEnv
from palestra.envs.turn import TurnRecord
from palestra.verifiers import Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class EnvSpec:
    """Everything that makes an environment again on another machine."""

    id: str
    """Of the environment, with its version."""
    config: Mapping[str, Scalar] = field(default_factory=dict, hash=False)
    """Fields of the family's configuration that the caller chose."""
    system_prompt: str = ""
    loop: AgentLoop | None = None
    """Whose limits the environment keeps."""

    def make(self) -> TextEnv:
        """A fresh environment.

        Raises:
            UnknownEnvError: It is not installed here.
            ConfigError: The fields do not fit the family.
        """
        env = ENVS.make(self.id, system_prompt=self.system_prompt, config=self.config)
        return env if self.loop is None else self.loop.fit(env)


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskName:
    """A task by its id; the digest shows whether both sides make the same task of it."""

    id: str
    digest: str

    @classmethod
    def of(cls, task: Task) -> TaskName:
        """The name of a task."""
        text = json.dumps(task.to_json(), sort_keys=True)
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        return cls(id=str(task.id), digest=digest)


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """What became of an episode since the driver last heard of it."""

    messages: tuple[Message, ...]
    """Those that are new."""
    records: tuple[TurnRecord, ...]
    """Those that are new."""
    turns: int
    turn_limit: int
    end: EndReason | None
    verdict: Verdict | None
    reply: str = ""
    """What the call returned."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """An exception of an environment or of its host, as a value."""

    what: str
    """Type and text."""
    ends_run: bool = False
    """Whether it is a wrong configuration or a missing package, which a retry would hide."""
