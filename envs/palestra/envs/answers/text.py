"""Answers that are a short text."""

from __future__ import annotations

from typing import ClassVar

from palestra.envs.answers.final import final_line
from palestra.verifiers.answer import quote
from palestra.verifiers.verdict import Verdict
from palestra.verifiers.verifier import Verifier

_QUOTES = "'\"`*"


class TextAnswer(Verifier[str]):
    """PASS when the final line is the reference, but for case, quotes around it and the width of blanks.

    Reference: the text itself.
    """

    name: ClassVar[str] = "text-answer"

    def parse_reference(self, reference: str) -> str:
        """Bring the text to its normal form."""
        if not (normal := _normal(reference)):
            raise ValueError("the reference is empty")
        return normal

    def judge(self, response: str, reference: str) -> Verdict:
        """Compare in normal form."""
        answer = _normal(final_line(response))
        if answer == reference:
            return Verdict.passed(f"`{quote(reference)}` is right")
        return Verdict.failed(f"answered `{quote(answer)}`, right is `{quote(reference)}`")


def _normal(text: str) -> str:
    return " ".join(text.strip().strip(_QUOTES).casefold().split())
