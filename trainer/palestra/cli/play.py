"""`palestra play`: an environment with a person in the place of the model."""

from __future__ import annotations

import secrets
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import tyro

from palestra.cli.errors import EXIT_OK, UsageError
from palestra.cli.text import Difficulty, EnvOptions, Seed, SplitName, env_config, printable, right_response

if TYPE_CHECKING:
    from rich.console import Console

    from palestra.envs import TextEnv


@dataclass(frozen=True, kw_only=True)
class Play:
    """Play an environment in the terminal.

    A response is one line; a backslash at its end goes on to the next. Ctrl-D ends.
    """

    id: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="ID")]
    """Id of the environment; `palestra envs list` shows them."""
    split: SplitName = "train"
    """Which tasks."""
    seed: Seed = None
    """Stream of the tasks; a new one each time if it is not given."""
    difficulty: Difficulty = None
    """Difficulty; the environment's default if it is not given."""
    options: EnvOptions = ()
    """An option of the environment; may be repeated. `palestra envs show ID` lists them."""

    def run(self) -> int:
        """Play until the input ends."""
        from rich.console import Console

        from palestra.envs import ENVS

        if self.seed is not None and self.seed < 0:
            raise UsageError(f"`--seed` must be 0 or more, got {self.seed}\n\nhint: leave it out for a new one")
        config = env_config(self.options, self.difficulty)
        env = ENVS.make(self.id, split=self.split, config=config)
        console = Console(file=sys.stdout, highlight=False, markup=False, soft_wrap=True)
        seed = secrets.randbelow(2**32) if self.seed is None else self.seed
        rewards: list[float] = []
        env.reset(seed=seed)
        while (reward := _episode(env, console)) is not None:
            rewards.append(reward)
            env.reset()
        mean = f", mean reward {sum(rewards) / len(rewards):.2f}" if rewards else ""
        console.print(f"\n{len(rewards)} tasks played{mean}", style="bold")
        return EXIT_OK


def _episode(env: TextEnv, console: Console) -> float | None:
    """Play one episode; its reward, or None when the input ended."""
    console.print(f"\n{env.task.id}", style="dim")
    console.print(printable(env.task.prompt))
    while (response := _read_response(console)) is not None:
        reply, reward, terminated, truncated, info = env.step(response)
        if not (terminated or truncated):
            console.print(printable(reply))
            continue
        style = "green" if reward == 1.0 else "yellow" if reward > 0.0 else "red"
        outcome = info.get("outcome", "OUT OF TURNS")
        console.print(f"{outcome} {reward:.2f}  {printable(info.get('detail', ''))}", style=style)
        if reward < 1.0:
            console.print(f"a right response: {printable(right_response(env))}", style="dim")
        return reward
    return None


def _read_response(console: Console) -> str | None:
    lines: list[str] = []
    while True:
        console.print("> ", end="")
        line = sys.stdin.readline()
        if not sys.stdin.isatty():
            console.print(printable(line.rstrip("\n")))  # a piped answer, so that the transcript shows it
        if not line:
            return "\n".join(lines) if lines else None
        text = line.removesuffix("\n")
        lines.append(text.removesuffix("\\"))
        if not text.endswith("\\"):
            return "\n".join(lines)
