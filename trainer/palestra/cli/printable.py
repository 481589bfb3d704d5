"""Text that is safe on a terminal, whoever wrote it."""

from __future__ import annotations


def printable(text: str) -> str:
    r"""The text with control characters (all but newline and tab) and lone surrogates written as escapes.

    Model text must not move the cursor, ring the bell or retitle the window.

        >>> printable("a\x1b[2Jb")
        'a\\x1b[2Jb'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text)
