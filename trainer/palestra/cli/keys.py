"""Keys of servers and endpoints, which are read from the environment alone."""

from __future__ import annotations

import os

from palestra.cli.errors import UsageError


def api_key(variable: str | None) -> str | None:
    """The key that an environment variable holds; None without a variable.

    Raises:
        UsageError: It is not set.
    """
    if variable is None:
        return None
    if not (key := os.environ.get(variable)):
        raise UsageError(f"the environment variable `{variable}` is not set\n\nhint: export it")
    return key
