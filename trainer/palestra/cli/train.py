"""`palestra train`: hands over to the trainer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from palestra.cli.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Train:
    """Train a model: `palestra train quickstart`, or `palestra train run.toml --optim.lr 1e-5`.

    Every option of the configuration can be given as `--section.key value`, after CONFIG.
    """

    config: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="CONFIG")]
    """A TOML file, or `quickstart`: a 135M-parameter model on a laptop CPU."""
    resume: Path | None = None
    """Run folder of a run to go on with."""

    def run(self, overrides: Sequence[str] = ()) -> int:
        """Train; `overrides` are the options that only the configuration knows."""
        for override in overrides:
            if override.startswith("-") and not override.startswith("--") and not _is_number(override):
                raise UsageError(f"no option `{override}`\n\nhint: configuration keys read `--section.key value`")
        from palestra.trainer.run import train_command

        return train_command(self.config, list(overrides), self.resume)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
