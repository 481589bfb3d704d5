"""One exact number."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import ClassVar

from palestra.envs.answers.final import final_line
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.number import NumberVerifier
from palestra.verifiers.verdict import Verdict

_NUMBER = re.compile(r"[-+\u2212]?(?:[0-9][0-9.,/]*|\.[0-9]+|\\[dt]?frac ?\{ ?[0-9]+ ?\} ?\{ ?[0-9]+ ?\})")
_LABEL = re.compile(r"(?:(?:it|this|the(?: [a-z]{1,20}){1,3}) is|[a-z' ]{1,40}:)\s+", re.IGNORECASE)
_MARKS = " \t$`*_"


class NumberAnswer(NumberVerifier):
    r"""PASS when the final line is one number, and it equals the reference exactly.

    Stricter than `NumberVerifier`: no number is picked out of prose or of a list. The line may calculate
    (`17 + 5 = 22`) and say what it gives (`The sum is 22.`, `x = 22`); a fraction is in lowest terms.

    >>> NumberAnswer().verify("3 of them, so the sum is 22.", "22").outcome
    <Outcome.UNPARSED: 'UNPARSED'>
    """

    name: ClassVar[str] = "number-answer"

    def judge(self, response: str, reference: Fraction) -> Verdict:
        """Compare the number with the reference."""
        line = final_line(response)
        bare = line.rpartition("=")[2].strip(_MARKS)
        label = _LABEL.match(bare)
        number = (bare[label.end() :] if label else bare).strip(_MARKS)
        number = number.removeprefix("\\(").removesuffix("\\)").strip(_MARKS)
        if not _NUMBER.fullmatch(number):
            raise NoAnswerError(f"`{quote(line)}` is no number")
        return super().judge(number, reference)
