"""Stages in a configuration file: each names what differs from the run, and has everything else from it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

_IDENTITIES = ("kind", "id")
"""Keys that say what a table is about: with another value, the other table's keys mean nothing."""


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A table with changes: key by key, tables within tables too.

    A table that names another `kind` or `id` than the one that was there replaces it.
    """
    found = dict(base)
    for key, change in changes.items():
        own, new = _table(found.get(key), change), _table(change, found.get(key))
        if own is not None and new is not None and all(new.get(i, own.get(i)) == own.get(i) for i in _IDENTITIES):
            found[key] = merged(own, new)
        else:
            found[key] = change
    return found


def differences(base: Any, other: Any) -> dict[str, Any]:
    """The fields of a dataclass that differ from another's of its type, as a tree that `merged` adds to that one."""
    found: dict[str, Any] = {}
    for field in dataclasses.fields(other):
        own, new = getattr(base, field.name), getattr(other, field.name)
        if own == new:
            continue
        is_same = dataclasses.is_dataclass(new) and type(own) is type(new)
        is_same = is_same and getattr(own, "id", None) == getattr(new, "id", None)
        found[field.name] = differences(own, new) if is_same else new
    return found


def _table(value: Any, other: Any) -> Mapping[str, Any] | None:
    """A value as a table; beside a table, a text stands for one with this kind."""
    if isinstance(value, str) and isinstance(other, Mapping) and value != "none":
        return {"kind": value}
    return value if isinstance(value, Mapping) else None
