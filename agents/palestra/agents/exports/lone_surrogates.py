r"""Text that UTF-8 cannot hold, spelled so that it can: files of other programs hold Unicode alone.

A lone surrogate becomes `\udXXX`, and in the same row each backslash becomes two, so that all of it can be read back. A
row without lone surrogates stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from palestra.verifiers.text.json_value import Json

_LONE = re.compile("[\ud800-\udfff]")
_NUMBERS = frozenset({int, float, bool})
_SPELLED = re.compile(r"\\(\\|u[0-9a-f]{4})")


def has_lone_surrogates(value: Json) -> bool:
    """Whether a text anywhere in a row of dicts and lists, names of fields included, is none that UTF-8 can hold."""
    if isinstance(value, str):
        return not value.isascii() and _LONE.search(value) is not None
    if isinstance(value, dict):
        return any(has_lone_surrogates(name) or has_lone_surrogates(item) for name, item in value.items())
    # Most of a rollout are numbers.
    return isinstance(value, list) and any(has_lone_surrogates(each) for each in value if type(each) not in _NUMBERS)


def spelled(value: Any) -> Any:
    r"""A row of JSON with every text spelled out.

    >>> spelled(["a\ud800", "back\\slash"])
    ['a\\ud800', 'back\\\\slash']
    """
    if isinstance(value, str):
        return _LONE.sub(lambda found: f"\\u{ord(found[0]):04x}", value.replace("\\", "\\\\"))
    if isinstance(value, Mapping):
        return {spelled(name): spelled(item) for name, item in value.items()}
    return [spelled(item) for item in value] if isinstance(value, Sequence) else value


def unspelled(value: Any) -> Any:
    """Read `spelled` back."""
    if isinstance(value, str):
        return _SPELLED.sub(lambda found: "\\" if found[1] == "\\" else chr(int(found[1][1:], 16)), value)
    if isinstance(value, Mapping):
        return {unspelled(name): unspelled(item) for name, item in value.items()}
    return [unspelled(item) for item in value] if isinstance(value, Sequence) else value
