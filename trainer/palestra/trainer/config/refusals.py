"""The sentences of configuration errors."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import NoReturn

from palestra.trainer.errors import ConfigError


def unknown(what: str, found: str, known: Mapping[str, str], path: str = "") -> NoReturn:
    """Refuse a name that is none of the known ones (full name to the name that the hint shows)."""
    near = get_close_matches(found, known, n=1)
    guess = f"; did you mean `{near[0]}`?" if near else ""
    where = f" for `{path}`" if path else ""
    choices = ", ".join(known.values()) or "none"
    raise ConfigError(f"no {what} `{found[:80]}`{where}{guess}\n\nhint: choose among {choices}")


def mistyped(path: str, wanted: str, found: object) -> NoReturn:
    """Refuse a value of another type."""
    raise ConfigError(f"`{path}` must be {wanted}, got {repr(found)[:80]}")
