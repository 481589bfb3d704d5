"""Names, things and invented words of the puzzles in prose."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files


@cache
def words(kind: str) -> tuple[str, ...]:
    """The words of a kind: `name`, `colour`, `drink`, `pet`, `job`, `hobby`, `fruit`, `trait`, `group`, `shape`."""
    lists: dict[str, list[str]] = json.loads(files(__package__).joinpath("words.json").read_text(encoding="ascii"))
    return tuple(lists[kind])
