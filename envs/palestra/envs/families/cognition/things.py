"""Things by kind."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files


@cache
def things() -> dict[str, tuple[str, ...]]:
    """For each kind, in the plural, its things, in the singular; each of one word, and of one kind alone."""
    text = files("palestra.envs.families.cognition").joinpath("objects.json").read_text(encoding="ascii")
    return {kind: tuple(items) for kind, items in json.loads(text).items()}
