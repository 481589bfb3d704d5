"""A run in one line: every part by its kind, in the order of a step, with the options that are not as by default."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from palestra.trainer.config import TrainConfig
from palestra.trainer.stages.tables import differences

_ORDER = (
    *("env", "model", "loop", "reasoning", "rollout", "mode", "supervised"),
    *("reward", "noise", "overlong", "shaping", "components", "component_gates"),
    *("selection", "advantage", "reweighting", "credit", "critic"),
    *("loss", "correction", "focus", "aggregation", "kl", "entropy", "resets", "optim", "learner"),
)
"""Parts in the order in which a step comes to them; what is not here follows."""

_ALWAYS = ("rollout", "mode", "reward", "advantage", "loss", "aggregation", "optim")
"""Parts that are named whatever they are."""

_SHOWN = {
    "rollout": ("prompts_per_step", "samples_per_prompt"),
    "mode": ("max_staleness",),
    "noise": ("correction",),
    "optim": ("lr",),
}
"""Options that are shown whatever they are."""

_FOLDERS = ("name", "run_dir", "stages", "checkpoint", "trackers", "steps")
"""What says nothing about the method, or is said elsewhere."""


def composition(config: TrainConfig) -> str:
    """The method of a run: `palestra/X-v1 -> rollout (...) -> reward verdict -> ...`, and what stages change."""
    parts = [f"{config.total_steps} steps", *_parts(config)]
    for stage in config.stages:
        changes = ", ".join(_changes(differences(config, stage)))
        parts.append(f"stage {stage.name} ({', '.join(filter(None, (f'{stage.steps} steps', changes)))})")
    return " -> ".join(parts)


def _parts(config: TrainConfig) -> Iterator[str]:
    fields = {field.name: field for field in dataclasses.fields(config) if field.name not in _FOLDERS}
    for name in (*_ORDER, *(name for name in fields if name not in _ORDER)):
        value = getattr(config, name)
        if name in _ALWAYS or (value != _default_of(fields[name]) and value is not None):
            yield _named(name, value)


def _changes(tree: Mapping[str, Any]) -> Iterator[str]:
    for name, value in tree.items():
        if name not in _FOLDERS:
            yield f"{name} ({', '.join(_changes(value))})" if isinstance(value, dict) else _named(name, value)


def _named(name: str, value: Any) -> str:
    """A part with its name, which an environment does not need."""
    text = _text(value, _SHOWN.get(name, ()))
    return text if name == "env" else f"{name} {text}"


def _text(value: Any, shown: tuple[str, ...] = ()) -> str:
    """A value for people; of a part its kind or id, and what is not as by default."""
    if dataclasses.is_dataclass(value):
        options = {
            field.name: getattr(value, field.name)
            for field in dataclasses.fields(value)
            if field.name in shown or getattr(value, field.name) != _default_of(field)
        }
        if (identity := options.pop("id", None)) is not None:
            return _with_options(str(identity), {**options.pop("config", {}), **options})
        return _with_options(str(getattr(value, "kind", "")), options)
    if isinstance(value, tuple):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, Mapping):
        return _with_options("", value)
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else str(value)


def _with_options(head: str, options: Mapping[str, Any]) -> str:
    inner = ", ".join(f"{name} {_text(option)}" for name, option in options.items())
    return " ".join(filter(None, (head, inner and f"({inner})")))


def _default_of(field: dataclasses.Field[Any]) -> Any:
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
