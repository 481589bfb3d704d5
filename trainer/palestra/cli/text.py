"""What several commands share: options of environments, and text that is safe on a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from palestra.cli.errors import UsageError
from palestra.cli.printable import printable

if TYPE_CHECKING:
    from palestra.envs import TextEnv

__all__ = [
    "Difficulty",
    "EnvOptions",
    "Seed",
    "SplitName",
    "env_config",
    "indented",
    "printable",
    "right_response",
    "write",
    "write_columns",
    "write_json",
]

SplitName = Literal["train", "validation", "test", "unseen-template", "unseen-difficulty", "unseen-composition"]
"""As `palestra.envs.Split`, which would load Gymnasium."""

Difficulty = Annotated[float | None, tyro.conf.arg(metavar="0..1", help_behavior_hint="")]
Seed = Annotated[int | None, tyro.conf.arg(metavar="N", help_behavior_hint="")]
EnvOptions = Annotated[
    tyro.conf.UseAppendAction[tuple[str, ...]], tyro.conf.arg(name="set", metavar="KEY=VALUE", help_behavior_hint="")
]


def env_config(options: Sequence[str], difficulty: float | None) -> dict[str, str | int | float | bool]:
    """The configuration that `--difficulty` and `--set key=value` choose; values read as JSON if they are JSON.

    Raises:
        UsageError: An option has no `=`, or a key comes twice.
    """
    config: dict[str, str | int | float | bool] = {} if difficulty is None else {"difficulty": difficulty}
    for option in options:
        key, equals, text = option.partition("=")
        if not (key and equals):
            raise UsageError(f"`--set {option}` has no key and value\n\nhint: write `--set difficulty=0.3`")
        key = key.replace("-", "_")
        if key in config:
            raise UsageError(f"`{key}` is set twice\n\nhint: keep one of them")
        config[key] = _scalar(text)
    return config


def _scalar(text: str) -> str | int | float | bool:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, str | int | float | bool) else text


def right_response(env: TextEnv) -> str:
    """What the environment knows to be right; why it knows nothing, where it does not."""
    from palestra.envs import NoOracleError

    try:
        return env.oracle()
    except NoOracleError as error:
        return f"({error})"


def write(text: str = "") -> None:
    """One line of data; nothing in it controls a terminal."""
    sys.stdout.write(printable(text) + "\n")


def write_json(row: Mapping[str, object]) -> None:
    """One line of JSON; ASCII, so that any text survives any terminal and pipe."""
    write(json.dumps(row, allow_nan=False))


def write_columns(rows: Iterable[Sequence[str]]) -> None:
    """Rows as columns as wide as they need; the last one runs on."""
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def indented(text: str, by: int = 4) -> str:
    """The text, each line moved to the right."""
    return "\n".join(" " * by + line if line else "" for line in text.splitlines())
