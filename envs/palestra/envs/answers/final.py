"""The one place of a response that is judged."""

from __future__ import annotations

from palestra.verifiers.answer import find_answer
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.text.closing import closing_text

_MAX_LINE_CHARS = 20_000
_MAX_BLOCK_CHARS = 100_000
_FENCE = "```"


def final_line(response: str) -> str:
    r"""The marked answer, or the last line without a label such as `The answer is` and without a full stop.

    Nothing is searched inside the line: prose that holds the answer is no answer.

    >>> final_line("First 3, then 5.\nAnswer: 3, 5.")
    '3, 5'

    Raises:
        NoAnswerError: The response is empty, all of it is thinking, or the line is too long to be an answer.
    """
    line = closing_text(find_answer(response)).strip()
    if len(line) > _MAX_LINE_CHARS:
        raise NoAnswerError(f"a line of {len(line)} characters")
    line = line.removesuffix(".").rstrip()
    if not line:
        raise NoAnswerError("the last line says nothing")
    return line


def final_block(response: str) -> str:
    """The marked answer, or the last fenced block if nothing follows it, or all of the response.

    For answers of several lines, such as grids. Whoever reads the block refuses prose.

    Raises:
        NoAnswerError: The response is empty, all of it is thinking, or the block is too long to be an answer.
    """
    answer = find_answer(response)
    text = _unfenced(answer.text.strip())
    if len(text) > _MAX_BLOCK_CHARS:
        raise NoAnswerError(f"an answer of {len(text)} characters")
    if not text:
        raise NoAnswerError("the answer says nothing")
    return text


def _unfenced(text: str) -> str:
    if not text.endswith(_FENCE):
        return text
    inner, fence, block = text[: -len(_FENCE)].rpartition(_FENCE)
    return block.partition("\n")[2].strip("\n") if fence else inner
