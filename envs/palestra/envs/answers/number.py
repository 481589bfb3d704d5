"""One exact number."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import ClassVar

from palestra.envs.answers.final import final_line
from palestra.envs.answers.lead import check_lead
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.number import NumberVerifier
from palestra.verifiers.verdict import Verdict

_NUMBER = re.compile(r"[-+\u2212]?(?:[0-9][0-9.,/]*|\.[0-9]+|\\[dt]?frac ?\{ ?[0-9]+ ?\} ?\{ ?[0-9]+ ?\})")
_GROUPED = re.compile(r"(?<![0-9.,])[1-9][0-9]{0,2}(?:,[0-9]{3})+(?![0-9])")
_EQUALS = re.compile(r"=|\u2248|\\approx(?![a-z])")
_LABEL = re.compile(r"(?:(?:it|this|the(?: [a-z]{1,20}){1,3}) is|[a-z' ]{1,40}:)\s+", re.IGNORECASE)
_MARKS = " \t$`*_"


def without_grouping(text: str) -> str:
    """The text without the commas that group thousands.

    >>> without_grouping("12,345/1,001 + 0,125")
    '12345/1001 + 0,125'
    """
    return _GROUPED.sub(lambda found: found[0].replace(",", ""), text) if "," in text else text


def final_number(response: str) -> str:
    """The number that the final line is, or ends with behind a calculation or a name for it.

    >>> final_number("So the sum is **17 + 1,005 = 1,022**.")
    '1022'

    Raises:
        NoAnswerError: There is more in the line, or no number.
    """
    line = final_line(response)
    if _NUMBER.fullmatch(line):  # the usual answer
        return without_grouping(line)
    value = _EQUALS.split(line)[-1]
    bare = value.strip(_MARKS)
    label = _LABEL.match(bare)
    check_lead(line.removesuffix(value) + (label[0] if label else ""))
    number = (bare[label.end() :] if label else bare).strip(_MARKS)
    number = number.removeprefix("\\(").removesuffix("\\)").strip(_MARKS)
    if not _NUMBER.fullmatch(number):
        raise NoAnswerError(f"`{quote(line)}` is no number")
    return without_grouping(number)


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
        return self.judge_text(final_number(response), reference)
