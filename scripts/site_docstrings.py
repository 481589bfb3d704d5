"""Examples of docstrings on the site's reference pages: a session of `>>>` is code there, not a quotation."""

from __future__ import annotations

import re
from textwrap import dedent
from typing import Any

import griffe

_SESSION = re.compile(r"^(?P<indent> *)>>> .*(?:\n(?P=indent) *\S.*| *\n(?P=indent)>>> .*)*", re.MULTILINE)


class Sessions(griffe.Extension):
    """Puts fences around them."""

    def on_object(self, *, obj: griffe.Object, loader: griffe.GriffeLoader, **kwargs: Any) -> None:
        """After the object was read."""
        if obj.docstring is not None:
            obj.docstring.value = fenced(obj.docstring.value)


def fenced(docstring: str) -> str:
    r"""A docstring whose sessions are blocks of code, indented or not.

    >>> print(fenced("Adds.\n\n    >>> 1 + 1\n    2\n\nExactly."))
    Adds.
    <BLANKLINE>
    ```pycon
    >>> 1 + 1
    2
    ```
    <BLANKLINE>
    Exactly.
    """
    return _SESSION.sub(lambda found: f"```pycon\n{dedent(found[0])}\n```", docstring)
