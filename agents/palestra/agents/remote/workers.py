"""Where environments live: in this process, or elsewhere."""

from __future__ import annotations

from typing import Protocol

from palestra.agents.remote.spec import EnvSpec
from palestra.envs import TextEnv


class EnvWorkers(Protocol):
    """Makes environments."""

    def env(self, spec: EnvSpec) -> TextEnv:
        """A fresh environment.

        Raises:
            UnknownEnvError: It is not installed.
            ConfigError: The fields do not fit the family.
        """
        ...


class EnvWorkersHere:
    """Environments in this process."""

    def env(self, spec: EnvSpec) -> TextEnv:
        """A fresh environment."""
        return spec.make()


HERE: EnvWorkers = EnvWorkersHere()
"""The default: no other process has a part in an episode."""
