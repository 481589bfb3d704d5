"""TOML and command-line overrides to a `TrainConfig` and back; every mistake is one clear sentence."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from importlib.metadata import entry_points
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from palestra.trainer.config import TrainConfig
from palestra.trainer.config.overrides import NONE, Text, insert, parse_overrides, place
from palestra.trainer.config.refusals import mistyped, unknown
from palestra.trainer.errors import ConfigError
from palestra.trainer.stages.tables import merged

TableT = TypeVar("TableT")

PLUGIN_GROUPS = {
    "loss": "palestra.losses",
    "advantage": "palestra.advantages",
    "selection": "palestra.selections",
    "credit": "palestra.credits",
    "rollout.budget": "palestra.budgets",
}
"""Entry-point groups by which other packages add members to a key's union: frozen dataclasses with a `kind`."""

_OF_A_STAGE = re.compile(r"stages\[\d+\]\.")


def read_config(path: Path, overrides: Sequence[str] = ()) -> TrainConfig:
    """The configuration of a TOML file and of overrides `--a.b value` or `--a.b=value`.

    Raises:
        ConfigError: The file cannot be read, or something in it or in the overrides is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"`{path}` is not UTF-8 text: {error.reason} at byte {error.start}") from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigError(
            f"cannot read the configuration `{path}`: {reason}\n\n"
            "hint: `palestra train FILE.toml`, or `palestra train quickstart` for one that is there"
        ) from None
    return parse_config(text, overrides, name=str(path))


def parse_config(text: str, overrides: Sequence[str] = (), *, name: str = "config") -> TrainConfig:
    """The configuration of a TOML text and overrides; `name` says in errors where the text is from.

    Raises:
        ConfigError: Something in the text or in the overrides is wrong.
    """
    try:
        tree = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also of numbers of thousands of digits, and of lists in lists
        raise ConfigError(f'`{name}` is no valid TOML: {error}\n\nhint: texts need quotes, `key = "value"`') from None
    # A kind first: it throws away the keys of another kind.
    for path, value in sorted(parse_overrides(overrides), key=lambda item: item[0][-1] != "kind"):
        insert(*place(tree, path), value)
    config = _build(TrainConfig, _with_stages(tree), "")
    assert isinstance(config, TrainConfig)
    return config


def read_table(wanted: type[TableT], tree: Mapping[str, object]) -> TableT:
    """A dataclass of another file, from its parsed TOML, by the same rules.

    Raises:
        ConfigError: Something in it is wrong.
    """
    built = _build(wanted, tree, "")
    assert isinstance(built, wanted)
    return built


def _with_stages(tree: dict[str, Any]) -> dict[str, Any]:
    """The tree with everything in each stage that it has from the run."""
    stages = tree.get("stages")
    if not isinstance(stages, list) or not stages:
        return tree
    base = {key: value for key, value in tree.items() if key != "stages"}
    whole: list[object] = []
    for number, stage in enumerate(stages):
        if isinstance(stage, Mapping) and "name" not in stage:
            raise ConfigError(f"the key `stages[{number}].name` is missing\n\nhint: each stage has a name")
        if isinstance(stage, Mapping) and "stages" in stage:
            raise ConfigError(
                f"the stage `{stage['name']}` has stages itself\n\nhint: a run has stages, a stage has none"
            )
        whole.append(merged(base, stage) if isinstance(stage, Mapping) else stage)
    # The run's own steps stand in for those of stages that name none; where all do, nobody asks for them.
    names_all = all(isinstance(stage, Mapping) and "steps" in stage for stage in stages)
    return ({"steps": 1} if names_all else {}) | tree | {"stages": whole}


def _build(wanted: Any, value: object, path: str, default: object = None) -> object:
    if dataclasses.is_dataclass(wanted) and isinstance(wanted, type):
        if hasattr(wanted, "kind"):  # a union of one
            return _build_union((wanted,), value, path, default)
        return _build_dataclass(wanted, value, path)
    if get_origin(wanted) in (Union, UnionType):
        return _build_union(get_args(wanted), value, path, default)
    if get_origin(wanted) is tuple:
        return _build_tuple(get_args(wanted)[0], value, path)
    if get_origin(wanted) is not None:
        return _build_options(value, path)
    return _build_scalar(wanted, value, path)


def _build_dataclass(wanted: type[Any], value: object, path: str) -> object:
    if not isinstance(value, Mapping):
        mistyped(path, "a table of keys", _plain(value))
    hints = get_type_hints(wanted)
    fields = {field.name: field for field in dataclasses.fields(wanted)}
    for name in value:
        if name not in fields:
            unknown("key", _join(path, name), {_join(path, known): known for known in fields})
    arguments: dict[str, object] = {}
    for name, field in fields.items():
        inner = _join(path, name)
        if name in value:
            arguments[name] = _build(hints[name], value[name], inner, _default_of(field))
        elif _default_of(field) is dataclasses.MISSING:
            if not _is_table(hints[name]):
                raise ConfigError(f"the key `{inner}` is missing\n\nhint: give it in the file or as `--{inner} VALUE`")
            arguments[name] = _build(hints[name], {}, inner, dataclasses.MISSING)
    try:
        return wanted(**arguments)
    except ConfigError:
        raise
    except ValueError as error:
        raise ConfigError(f"`{path}`: {error}" if path else str(error)) from None


def _build_union(members: Sequence[Any], value: object, path: str, default: object) -> object:
    plain = _plain(value)
    if NoneType in members and plain == NONE:
        return None
    choices = [member for member in members if member is not NoneType]
    if len(choices) == 1 and not hasattr(choices[0], "kind"):
        return _build(choices[0], value, path)
    kinds = {member.kind: member for member in choices} | _plugins(path)
    table = dict(value) if isinstance(value, Mapping) else {"kind": plain}
    # Without a kind: that of the default, or the first of a union that has no default or one member.
    first = None if default is not dataclasses.MISSING and len(choices) > 1 else choices[0].kind
    kind = _plain(table.pop("kind", getattr(default, "kind", first)))
    if kind is None:
        raise ConfigError(f"`{path}` needs a kind\n\nhint: `{path}.kind` is one of {', '.join(kinds)}")
    if not isinstance(kind, str):
        mistyped(f"{path}.kind", "text", kind)
    kind, table = _written_out(kind, table, kinds.values())
    if kind not in kinds:
        unknown("kind", kind, {known: known for known in [*kinds, *([NONE] if NoneType in members else [])]}, path)
    return _build_dataclass(kinds[kind], table, path)


def _written_out(kind: str, table: dict[str, Any], members: Iterable[Any]) -> tuple[str, dict[str, Any]]:
    """The kind and the keys that a text stands for, where a member says how such texts begin (`short_form`)."""
    for member in members:
        short_form: tuple[str, str] | None = getattr(member, "short_form", None)
        if short_form is not None and kind.startswith(short_form[0]):
            return member.kind, {short_form[1]: kind} | table
    return kind, table


def _plugins(path: str) -> dict[str, Any]:
    """The members that installed packages add to the union of a key."""
    group = PLUGIN_GROUPS.get(_OF_A_STAGE.sub("", path))
    members = [entry_point.load() for entry_point in entry_points(group=group)] if group else []
    return {member.kind: member for member in members}


def _build_tuple(wanted: Any, value: object, path: str) -> tuple[object, ...]:
    if isinstance(value, Text) and not dataclasses.is_dataclass(wanted):
        value = [Text(part.strip()) for part in value.text.split(",") if part.strip()]
    if not isinstance(value, list):
        mistyped(path, _LIST_NAMES.get(wanted, "a list of tables"), _plain(value))
    return tuple(_build(wanted, item, f"{path}[{number}]") for number, item in enumerate(value))


_LIST_NAMES = {str: "a list of texts", float: "a list of numbers"}


def _is_table(wanted: Any) -> bool:
    """Whether a missing key may be built from nothing, so that what is missing inside is named instead."""
    return dataclasses.is_dataclass(get_args(wanted)[0] if get_origin(wanted) in (Union, UnionType) else wanted)


def _build_options(value: object, path: str) -> dict[str, object]:
    if not isinstance(value, Mapping):
        mistyped(path, "a table of options", _plain(value))
    options: dict[str, object] = {}
    for name, option in value.items():
        option = _guess(option.text) if isinstance(option, Text) else option
        if not isinstance(option, str | int | float):
            mistyped(_join(path, name), "a text, a number, true or false", option)
        options[name] = _check_text(option, path) if isinstance(option, str) else option
    return options


def _build_scalar(wanted: type[Any], value: object, path: str) -> object:
    if issubclass(wanted, StrEnum):
        plain = str(_plain(value))
        if plain not in wanted.__members__.values():
            unknown("value", plain, {str(member): str(member) for member in wanted}, path)
        return wanted(plain)
    if isinstance(value, Text):
        value = _parse(wanted, value.text)
    if wanted is float and type(value) is int:
        return float(value)
    if type(value) is not wanted or value != value:  # NaN passes every comparison that should refuse it
        mistyped(path, _TYPE_NAMES[wanted], value)
    return _check_text(value, path) if isinstance(value, str) else value


_TYPE_NAMES = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}


def _parse(wanted: type[Any], text: str) -> object:
    if wanted is bool:
        return {"true": True, "false": False}.get(text, text)
    try:
        return wanted(text)
    except ValueError:
        return text


def _guess(text: str) -> object:
    """What the text would be as a TOML value; without quotes and numbers it is a text."""
    if "\n" not in text:
        try:
            return tomllib.loads(f"value = {text}")["value"]
        except (ValueError, RecursionError):
            pass
    return text


def _check_text(text: str, path: str) -> str:
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ConfigError(f"`{path}` is not valid Unicode: {text[:80]!r}")
    return text


def _plain(value: object) -> object:
    return value.text if isinstance(value, Text) else value


def _default_of(field: dataclasses.Field[Any]) -> object:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
