"""The one place of a response that is judged."""

from __future__ import annotations

import re

from palestra.verifiers.answer import find_answer
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.text.closing import closing_text, last_line, without_label

_MAX_LINE_CHARS = 20_000
_MAX_BLOCK_CHARS = 100_000
_FENCE = "```"
_MAX_LABEL_CHARS = 60
_LABEL = re.compile(
    r"[*_#> ]*(?:(?:here is|this is) )?(?:(?:the|my) )?(?:(?:final|full|complete|completed) )?"
    r"(?:answer|solution|grid|board|square|result|picture|table)(?: is)?:?[*_ ]*",
    re.IGNORECASE,
)
_DISPLAY_END = re.compile(r"\n[ \t]*(?:\$\$|\\\])[ \t]*\Z")
_MATH_MARKS = (("\\(", "\\)"), ("\\[", "\\]"))
_MATH_COMMA = re.compile(r"(?<=[0-9])(?:\{,\}|\\,)(?=[0-9]{3})")
_CLOSING_MARKS = " \t*_`$"  # of emphasis that ends before the full stop, as in `**3**.`


def final_line(response: str) -> str:
    r"""The marked answer, or the last line without a label such as `The answer is` and without a full stop.

    Marks of a formula around all of it, such as `\(...\)` and `$$` on lines of their own, are left out.
    Nothing is searched inside the line: prose that holds the answer is no answer.

    >>> final_line("First 3, then 5.\nAnswer: 3, 5.")
    '3, 5'
    >>> final_line("So:\n```\n7\n```")
    '7'

    Raises:
        NoAnswerError: The response is empty, all of it is thinking, or the line is too long to be an answer.
    """
    answer = find_answer(response)
    if answer.is_marked:
        line = closing_text(answer).strip()
    else:
        text = _unfenced(answer.text.rstrip())
        line = without_label(last_line(_DISPLAY_END.sub("", text) if "\n" in text else text)).strip()
    if len(line) > _MAX_LINE_CHARS:
        raise NoAnswerError(f"a line of {len(line)} characters")
    line = _undelimited(line.removesuffix(".").rstrip(_CLOSING_MARKS))
    if "," in line:
        line = _MATH_COMMA.sub(",", line)
    if not line:
        raise NoAnswerError("the last line says nothing")
    return line


def final_block(response: str) -> str:
    """The marked answer, or the last fenced block if nothing follows it, or all of the response.

    A first line such as `Answer:` is left out. For answers of several lines, such as grids; whoever reads the
    block refuses prose.

    Raises:
        NoAnswerError: The response is empty, all of it is thinking, or the block is too long to be an answer.
    """
    answer = find_answer(response)
    text = _unlabelled(_unfenced(answer.text.strip()))
    if len(text) > _MAX_BLOCK_CHARS:
        raise NoAnswerError(f"an answer of {len(text)} characters")
    if not text:
        raise NoAnswerError("the answer says nothing")
    return text


def _unlabelled(text: str) -> str:
    """The text without a first line that only says that the answer follows."""
    first, _, rest = text.partition("\n")
    is_label = len(first) <= _MAX_LABEL_CHARS and _LABEL.fullmatch(first)
    return rest.strip("\n") if is_label else text


def _undelimited(line: str) -> str:
    """The line without the marks of a formula around all of it; the end of a displayed one is gone already."""
    for opening, closing in _MATH_MARKS if line.startswith("\\") else ():
        if line.startswith(opening) and opening not in line[2:] and closing not in line[2:-2]:
            return line.removeprefix(opening).removesuffix(closing).strip().removesuffix(".").rstrip(_CLOSING_MARKS)
    return line


def _unfenced(text: str) -> str:
    if not text.endswith(_FENCE):
        return text
    inner, fence, block = text[: -len(_FENCE)].rpartition(_FENCE)
    return block.partition("\n")[2].strip("\n") if fence else inner
