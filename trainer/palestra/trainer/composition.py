"""A run in one line: every part by its kind, with the options that differ from their defaults."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from palestra.trainer.config import TrainConfig
from palestra.trainer.stages.tables import differences

_FOLDERS = ("name", "run_dir", "stages", "checkpoint", "tensorboard")
"""What says nothing about the method."""


def composition(config: TrainConfig) -> str:
    """The method of a run: `single (id ...) -> rollout (...) -> reward verdict -> ...`, and what stages change."""
    parts = [f"{config.total_steps} steps", *_parts(config)]
    for stage in config.stages:
        changes = ", ".join(_changes(differences(config, stage)))
        parts.append(f"stage {stage.name} ({', '.join(filter(None, (f'{stage.steps} steps', changes)))})")
    return " -> ".join(parts)


def _parts(config: TrainConfig) -> Iterator[str]:
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if field.name in _FOLDERS or field.name == "steps" or (value == _default_of(field) and not _has_kind(value)):
            continue
        if value is not None and value != ():
            yield f"{field.name} {_text(value)}"


def _changes(tree: Mapping[str, Any]) -> Iterator[str]:
    for name, value in tree.items():
        if name not in (*_FOLDERS, "steps"):
            yield f"{name} ({', '.join(_changes(value))})" if isinstance(value, dict) else f"{name} {_text(value)}"


def _text(value: Any) -> str:
    """A value for people; of a part its kind and what is not as by default."""
    if dataclasses.is_dataclass(value):
        kind = str(getattr(value, "kind", ""))
        options = ", ".join(
            f"{field.name} {_text(getattr(value, field.name))}"
            for field in dataclasses.fields(value)
            if getattr(value, field.name) != _default_of(field)
        )
        return " ".join(filter(None, (kind, options and f"({options})")))
    if isinstance(value, tuple):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, Mapping):
        return f"({', '.join(f'{name} {_text(option)}' for name, option in value.items())})"
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else str(value)


def _default_of(field: dataclasses.Field[Any]) -> Any:
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


def _has_kind(value: Any) -> bool:
    return dataclasses.is_dataclass(value) and hasattr(value, "kind")
