"""`palestra serve`: an environment for programs of other kinds."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated

import tyro

from palestra.cli.errors import EXIT_OK, UsageError
from palestra.cli.text import Difficulty, EnvOptions, SplitName, env_config


@dataclass(frozen=True, kw_only=True)
class Serve:
    """Serve an environment over standard input and output until the client hangs up.

    A client calls `reset`, then the tools of the environment, or `step` where it has none. `state` tells how far the
    episode is.
    """

    id: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="ID")]
    """Id of the environment; `palestra envs list` shows them."""
    mcp: bool = False
    """Speak the Model Context Protocol; needs `pip install palestra[mcp]`."""
    split: SplitName = "train"
    """Which tasks, unless `reset` names others."""
    difficulty: Difficulty = None
    """Difficulty; the environment's default if it is not given."""
    options: EnvOptions = ()
    """An option of the environment; may be repeated. `palestra envs show ID` lists them."""

    def run(self) -> int:
        """Serve."""
        from palestra.envs import ENVS
        from palestra.envs.tools.mcp_server import serve

        if not self.mcp:
            raise UsageError("which protocol?\n\nhint: give `--mcp`")
        env = ENVS.make(self.id, split=self.split, config=env_config(self.options, self.difficulty))
        asyncio.run(serve(env))
        return EXIT_OK
