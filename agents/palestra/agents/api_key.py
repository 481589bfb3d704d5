"""Keys of servers and endpoints: read from the environment alone, and never shown."""

from __future__ import annotations

import os

from palestra.agents.errors import ApiKeyError


def api_key_from(variable: str) -> str:
    """The key that an environment variable holds, without the space around it.

    Raises:
        ApiKeyError: It is not set, or no header can carry what it holds.
    """
    key = os.environ.get(variable, "").strip()
    if not key:
        raise ApiKeyError(f"the environment variable `{variable}` is not set\n\nhint: export it; it holds the key")
    try:
        return checked_key(key)
    except ApiKeyError as error:
        raise ApiKeyError(f"the environment variable `{variable}`: {error}") from None


def checked_key(key: str) -> str:
    """The key, if a header can carry it.

    Raises:
        ApiKeyError: It cannot; the message does not tell the key.
    """
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise ApiKeyError(
            f"an API key of {len(key)} characters has some that no header can carry"
            "\n\nhint: it may have only visible ASCII characters, and no blank or line break"
        )
    return key


def bearer(key: str | None) -> dict[str, str]:
    """The header that carries a key; empty without one.

    Raises:
        ApiKeyError: No header can carry it.
    """
    return {"Authorization": f"Bearer {checked_key(key)}"} if key else {}
