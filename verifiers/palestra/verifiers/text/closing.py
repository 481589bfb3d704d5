"""The answer of a response in words: what is marked, or what its last line says."""

from __future__ import annotations

import re

from palestra.verifiers.answer import Answer

_LABEL = re.compile(
    r"(?:(?:so|thus|therefore|hence),? )?(?:(?:the|my) )?(?:(?:final|correct|right) )?answer(?: is:?|:)\s*",
    re.IGNORECASE,
)
_MARKS = " \t\r\n*_`$"
_HEAD = re.compile(r"\A(?:#{1,6}|>) +")
_TEXT_COMMAND = re.compile(r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mbox)\{([^{}]*)\}")


def closing_text(answer: Answer) -> str:
    r"""The marked answer, or the last line without a label such as `The answer is` and without emphasis.

    >>> closing_text(Answer(text="Some thoughts.\n**Answer:** Paris", is_marked=False))
    'Paris'
    """
    return without_label(answer.text.strip(_MARKS) if answer.is_marked else last_line(answer.text))


def without_label(line: str) -> str:
    """The line without a label such as `The answer is` and without emphasis."""
    text = without_text_commands(line).strip(_MARKS)
    if text.startswith(("#", ">")):
        text = _HEAD.sub("", text)
    bare = text.replace("**", "")
    label = _LABEL.match(bare)
    return bare[label.end() :].strip(_MARKS) if label else text


def without_text_commands(text: str) -> str:
    r"""The text with the content of `\text{...}` and its kin in their places."""
    return _TEXT_COMMAND.sub(r"\1", text) if "\\" in text else text


def last_line(text: str) -> str:
    """The last line that is not empty, without emphasis around it."""
    return text.rstrip().rpartition("\n")[2].strip(_MARKS)
