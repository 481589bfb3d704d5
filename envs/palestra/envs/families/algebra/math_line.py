"""Any way to write the right mathematics, on the final line."""

from __future__ import annotations

import re
from typing import ClassVar

from palestra.envs.answers import final_line
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.math import MathReference, MathVerifier
from palestra.verifiers.verdict import Verdict

_NO_CLAIM = re.compile(r"\b(?:not|wrong|incorrect|maybe|perhaps|max|min)\b|n't\b|\\(?:max|min|begin)", re.IGNORECASE)


class MathLineAnswer(MathVerifier):
    """PASS when the final line has the reference's value, however it is written.

    Stricter than `MathVerifier`: no formula is picked out of prose, and the larger of two functions is none.

    Reference: as of `MathVerifier`.
    """

    name: ClassVar[str] = "math-line-answer"

    def judge(self, response: str, reference: MathReference) -> Verdict:
        """Compare the whole line with the reference."""
        line = final_line(response)
        if _NO_CLAIM.search(line):
            raise NoAnswerError(f"`{quote(line)}` is not one claim")
        return super().judge(f"<answer>{line}</answer>", reference)
