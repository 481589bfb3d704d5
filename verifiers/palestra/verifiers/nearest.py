"""The nearest of the names that there are, for messages about one that there is not."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """What follows `no such ...` in a message; empty where no name is near.

    >>> "no verifier `nubmer`" + did_you_mean("nubmer", ["number", "choice"])
    'no verifier `nubmer`; did you mean `number`?'
    """
    from difflib import get_close_matches  # here, since nothing but messages needs it

    near = get_close_matches(name, names, n=1)
    return f"; did you mean `{near[0]}`?" if near else ""
