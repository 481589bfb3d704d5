"""Long output, cut in the middle: the head and the tail tell most."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_CHARS = 10_000
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Clipped:
    """A text as a policy is shown it."""

    text: str
    cut_chars: int
    """How many characters were left out."""


def clip(output: str | bytes, max_chars: int = MAX_CHARS) -> Clipped:
    r"""Output without terminal escapes and other control characters, cut in its middle with an exact count.

    Bytes that are no UTF-8 are shown as backslash escapes.

        >>> clip("a" * 30, 10).text
        'aaaaa\n[... 20 characters cut ...]\naaaaa'
    """
    text = output.decode("utf-8", "backslashreplace") if isinstance(output, bytes) else output
    text = _CONTROL.sub("", _ESCAPE.sub("", text.replace("\r\n", "\n")).replace("\r", "\n"))
    if len(text) <= max_chars:
        return Clipped(text=text, cut_chars=0)
    half = max_chars // 2
    cut = len(text) - 2 * half
    tail = text[len(text) - half :]
    return Clipped(text=f"{text[:half]}\n[... {cut} characters cut ...]\n{tail}", cut_chars=cut)
