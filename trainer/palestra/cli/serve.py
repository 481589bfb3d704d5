"""`palestra serve`: environments for programs of other kinds."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from typing import Annotated

import tyro

from palestra.cli.errors import EXIT_OK, UsageError
from palestra.cli.text import Difficulty, EnvOptions, SplitName, env_config, write

TOKEN_VARIABLE = "PALESTRA_SERVE_TOKEN"
_NUMBER = tyro.conf.arg(metavar="N")
_SECONDS = tyro.conf.arg(metavar="SECONDS")


@dataclass(frozen=True, kw_only=True)
class Serve:
    """Serve environments over HTTP, or one of them over the Model Context Protocol.

    Over HTTP the clients of OpenEnv play, at `/ID` and, where one environment is served alone, at `/` too; each has a
    session of its own. The first line of output is the address.

    With `--mcp`, a client on standard input and output calls `reset`, then the tools of the environment, or `step`
    where it has none; `state` tells how far the episode is.
    """

    ids: Annotated[tyro.conf.Positional[tuple[str, ...]], tyro.conf.arg(metavar="ID...")]
    """Ids of the environments; `palestra envs list` shows them."""
    mcp: bool = False
    """Speak the Model Context Protocol; needs `pip install palestra[mcp]`. HTTP needs `palestra[serve]`."""
    nemo_gym: bool = False
    """Be a resources server of NeMo Gym, for rows of `palestra envs export ID FILE --to nemo-gym`."""
    split: SplitName = "train"
    """Which tasks, unless `reset` names others."""
    difficulty: Difficulty = None
    """Difficulty; the environment's default if it is not given."""
    options: EnvOptions = ()
    """An option of every environment; may be repeated. `palestra envs show ID` lists them."""
    host: Annotated[str, tyro.conf.arg(metavar="ADDRESS")] = "127.0.0.1"
    """Where to listen. Other machines get in only with the token in the variable PALESTRA_SERVE_TOKEN."""
    port: Annotated[int, _NUMBER] = 8000
    """Where to listen; 0 takes a free one."""
    sessions: Annotated[int, _NUMBER] = 64
    """How many sessions at once."""
    idle: Annotated[float, _SECONDS] = 900.0
    """A session that is asked nothing for so long is closed."""
    deadline: Annotated[float, _SECONDS] = 300.0
    """A request that takes longer loses its session."""

    def run(self) -> int:
        """Serve until the client hangs up, or the process is told to stop."""
        if self.mcp and self.nemo_gym:
            raise UsageError("`--mcp` and `--nemo-gym` are two protocols\n\nhint: give one of them")
        return self._speak_mcp() if self.mcp else self._listen()

    def _speak_mcp(self) -> int:
        from palestra.envs import ENVS
        from palestra.envs.tools.mcp_server import serve

        if len(self.ids) != 1:
            raise UsageError(f"`--mcp` serves one environment, got {len(self.ids)}")
        env = ENVS.make(self.ids[0], split=self.split, config=env_config(self.options, self.difficulty))
        asyncio.run(serve(env))
        return EXIT_OK

    def _listen(self) -> int:
        from palestra.envs.serving import Offer, ServingLimits
        from palestra.envs.serving.app import Protocol, application, is_loopback, listening, run

        if not self.ids:
            raise UsageError("which environment?\n\nhint: `palestra envs list` shows them")
        token = os.environ.get(TOKEN_VARIABLE) or None
        if token is None and not is_loopback(self.host):
            raise UsageError(
                f"`{self.host}` can be reached from other machines, and no token is set\n\n"
                f"hint: set the variable {TOKEN_VARIABLE}; clients send it as `Authorization: Bearer TOKEN`"
            )
        try:
            limits = ServingLimits(sessions=self.sessions, idle_s=self.idle, request_s=self.deadline)
        except ValueError as error:
            raise UsageError(str(error)) from None
        config = env_config(self.options, self.difficulty)
        offers = [Offer(one, split=self.split, config=config) for one in self.ids]
        protocol = Protocol.NEMO_GYM if self.nemo_gym else Protocol.OPENENV
        app = application(offers, limits, token, protocol=protocol)
        with listening(self.host, self.port) as (socket, url):
            write(url)
            sys.stdout.flush()
            sys.stderr.write(f"serving {', '.join(self.ids)}; stop with Ctrl-C\n")
            run(app, socket, limits)
        return EXIT_OK
