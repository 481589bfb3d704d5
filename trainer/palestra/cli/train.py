"""`palestra train`: hands over to the trainer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

_OWN = ("--resume", "--help")


@dataclass(frozen=True, kw_only=True)
class Train:
    """Train a model: `palestra train quickstart`, or `palestra train run.toml --optim.lr 1e-5`.

    Every key of the configuration can be given as `--section.key value`. A resumed run goes on with its own
    configuration; CONFIG is not needed then.
    """

    config: Annotated[tyro.conf.Positional[str | None], tyro.conf.arg(metavar="CONFIG", help_behavior_hint="")] = None
    """A TOML file, or a recipe, e.g. `quickstart`; a wrong name lists them all."""
    resume: Annotated[Path | None, tyro.conf.arg(metavar="RUN_DIR", help_behavior_hint="")] = None
    """Folder of a run to go on with, after a kill or with more steps."""

    def run(self, overrides: Sequence[str] = ()) -> int:
        """Train; `overrides` are the options that only the configuration knows."""
        from palestra.trainer.run.train import train_command

        return train_command(self.config, list(overrides), self.resume)


def split_overrides(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The arguments of the command itself, and the overrides: every other `--key value` or `--key=value`.

    >>> split_overrides(["--optim.lr", "1e-5", "run.toml", "--seed=3"])
    (['run.toml'], ['--optim.lr', '1e-5', '--seed=3'])
    """
    own: list[str] = []
    overrides: list[str] = []
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        name, equals, _ = argument.partition("=")
        if not argument.startswith("--") or name in _OWN:
            own.append(argument)
            continue
        overrides.append(argument)
        if not equals and rest and not rest[0].startswith("--"):
            overrides.append(rest.pop(0))
    return own, overrides
