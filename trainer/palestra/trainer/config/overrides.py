"""Settings from the command line, put into the tree of a configuration file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from palestra.trainer.config.refusals import unknown
from palestra.trainer.errors import ConfigError

NONE = "none"
"""Stands for a missing optional value, since TOML has none."""


@dataclass(frozen=True, slots=True)
class Text:
    """A value from the command line: its type is still to be read from the field."""

    text: str


def parse_overrides(arguments: Sequence[str]) -> list[tuple[list[str], Text]]:
    """The keys, part by part, and values of arguments `--a.b value` or `--a.b=value`.

    Raises:
        ConfigError: An argument is none of these.
    """
    found: list[tuple[list[str], Text]] = []
    rest = list(arguments)
    while rest:
        flag = rest.pop(0)
        key, equals, value = flag.removeprefix("--").partition("=")
        path = key.replace("-", "_").split(".")
        if not flag.startswith("--") or not all(path):
            raise ConfigError(f"cannot read the argument `{flag}`\n\nhint: an override reads `--optim.lr 2e-5`")
        if not equals:
            if not rest or rest[0].startswith("--"):
                raise ConfigError(f"`{flag}` needs a value\n\nhint: an override reads `--optim.lr 2e-5`")
            value = rest.pop(0)
        found.append((path, Text(value)))
    return found


def insert(tree: dict[str, Any], path: Sequence[str], value: Text) -> None:
    """Put a value into a tree; another kind than the one that is there throws its keys away."""
    for part in path[:-1]:
        inner = tree.get(part)
        if isinstance(inner, str | Text):  # `kl = "k3"` is short for a table with this kind
            kind = inner.text if isinstance(inner, Text) else inner
            inner = {} if kind == NONE else {"kind": kind}
        tree[part] = inner if isinstance(inner, dict) else {}
        tree = tree[part]
    if path[-1] == "kind" and tree.get("kind") != value.text:
        tree.clear()
    tree[path[-1]] = value


def place(tree: dict[str, Any], path: Sequence[str]) -> tuple[dict[str, Any], Sequence[str]]:
    """Where an override goes: `stages.NAME.key` into the table of that stage."""
    stages = tree.get("stages")
    if path[0] != "stages" or not isinstance(stages, list) or len(path) < 3:
        return tree, path
    by_name = {str(_name_of(stage)).replace("-", "_"): stage for stage in stages}
    if path[1] not in by_name:
        unknown("stage", path[1], {name: str(_name_of(stage)) for name, stage in by_name.items()})
    return by_name[path[1]], path[2:]


def _name_of(stage: object) -> object:
    return stage.get("name", "") if isinstance(stage, Mapping) else ""
