"""Columns of public data sets, which come as JSON or as text that holds JSON."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

from palestra.envs.errors import DataError
from palestra.envs.swe.patch import UnifiedDiff
from palestra.envs.swe.task import TestLimits
from palestra.envs.task import Scalar

Row = Mapping[str, object]

ROW_LIMITS = TestLimits(cpu_s=900.0, wall_s=1800.0, memory_bytes=8 << 30)
"""Of the tests of public data sets: whole suites of large projects."""
EVERYTHING = ("**",)
"""Right patches of public data sets change more than Python files."""
_LONGEST_FACT = 2000


def text(row: Row, name: str) -> str:
    """A column that has to be there.

    Raises:
        DataError: It is missing, or no text.
    """
    value = row.get(name)
    if not isinstance(value, str) or not value:
        raise DataError(f"the row has no text `{name}`\n\nhint: its columns are {', '.join(sorted(row))[:300]}")
    return value


def texts(row: Row, name: str) -> tuple[str, ...]:
    """A column of node ids: a list, or the JSON text of one; a missing one is empty.

    Raises:
        DataError: It is something else.
    """
    value = decoded(row.get(name) or [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise DataError(f"`{name}` is no list of texts: {value!r:.80}")
    return tuple(dict.fromkeys(value))


def decoded(value: object) -> object:
    """A value, or what its JSON text holds.

    Raises:
        DataError: It is a text that is no JSON.
    """
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise DataError(f"`{value[:80]}` is no JSON: {error}") from error


def diff(row: Row, name: str, *, reverse: bool = False) -> UnifiedDiff | None:
    """A column with a diff; None where it is missing or empty."""
    return UnifiedDiff(text=text(row, name), reverse=reverse) if row.get(name) else None


def facts(row: Row, used: Collection[str]) -> dict[str, Scalar]:
    """Every other column, for people: plain values as they are, the rest as the beginning of their JSON text.

    What tells of the answer stays out.
    """
    found: dict[str, Scalar] = {}
    for name, value in row.items():
        if name in used or name in _SECRETS or value is None:
            continue
        if isinstance(value, bool | int | float | str):
            found[name] = value[:_LONGEST_FACT] if isinstance(value, str) else value
        else:
            found[name] = json.dumps(value, default=str)[:_LONGEST_FACT]
    return found


_SECRETS = frozenset({"patch", "test_patch", "hints_text", "FAIL_TO_PASS", "PASS_TO_PASS", "solution"})
