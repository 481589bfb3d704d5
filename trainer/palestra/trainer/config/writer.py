"""A `TrainConfig` as TOML that reads back equal."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from palestra.trainer.config import TrainConfig
from palestra.trainer.stages.tables import differences

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def to_toml(config: TrainConfig) -> str:
    """Every field of the configuration, defaults included; optional values that are missing are "none"."""
    tree = _tree(config)
    stages = tree["stages"] and tree.pop("stages")
    return "\n".join([*_lines(tree, ()), *_stage_lines(config, stages)]) + "\n"


def _stage_lines(config: TrainConfig, stages: Sequence[TrainConfig]) -> Iterator[str]:
    """Of each stage, its name, its steps and what differs from the run."""
    for stage in stages:
        yield "\n[[stages]]"
        own = {"name": stage.name, "steps": stage.steps}
        yield from _lines(own | differences(replace(config, stages=()), stage), ("stages",))


def _tree(value: Any) -> dict[str, Any]:
    kind = {"kind": value.kind} if hasattr(value, "kind") else {}
    return kind | {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def _lines(tree: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    tables: list[tuple[str, Mapping[str, Any]]] = []
    for key, value in tree.items():
        if dataclasses.is_dataclass(value):
            tables.append((key, _tree(value)))
        elif isinstance(value, Mapping):
            tables.append((key, value))
        else:
            yield f"{_key(key)} = {_literal(value)}"
    for key, table in tables:
        yield f"\n[{'.'.join(_key(part) for part in (*path, key))}]"
        yield from _lines(table, (*path, key))


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _quoted(key)


def _literal(value: Any) -> str:
    if value is None:
        return _quoted("none")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, tuple):
        return f"[{', '.join(_literal(item) for item in value)}]"
    if dataclasses.is_dataclass(value):
        value = _tree(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_key(key)} = {_literal(item)}' for key, item in value.items())}}}"
    return repr(value)


def _quoted(text: str) -> str:
    # The escapes of JSON are those of TOML, which also wants the delete character escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
