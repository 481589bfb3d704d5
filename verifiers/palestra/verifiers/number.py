"""Exact numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import ClassVar

from palestra.verifiers.answer import find_answer
from palestra.verifiers.numeral import Numeral, last_number
from palestra.verifiers.rational import parse_rational, show
from palestra.verifiers.verdict import Verdict
from palestra.verifiers.verifier import Verifier


class NumberVerifier(Verifier[Fraction]):
    """PASS when the last number of the answer equals the reference exactly.

    Reference: `n` or `p/q`. The answer is found by `find_answer`; in it the last number counts, as
    `last_number` reads it: `22`, `= 22`, `17 + 5 = 22`, `The answer is 22.` and `22.0` are 22, while
    `17 + 5` and `22/1x` are nothing. A fraction counts in lowest terms only: `44/2` is a calculation.

        >>> NumberVerifier().verify("The answer is 1,024.", "1024").outcome
        <Outcome.PASS: 'PASS'>
        >>> NumberVerifier().verify("It is 3-5", "5").outcome
        <Outcome.UNPARSED: 'UNPARSED'>
    """

    name: ClassVar[str] = "number"

    def parse_reference(self, reference: str) -> Fraction:
        """Read `n` or `p/q`."""
        return parse_rational(reference)

    def judge(self, response: str, reference: Fraction) -> Verdict:
        """Compare the last number with the reference."""
        return self.judge_text(find_answer(response).text, reference)

    def judge_text(self, text: str, reference: Fraction) -> Verdict:
        """Compare the last number of a text that is the answer."""
        numeral = last_number(text)
        if not numeral.is_reduced:
            return Verdict.failed("the fraction is not in lowest terms")
        return self.compare(numeral, reference)

    def compare(self, numeral: Numeral, reference: Fraction) -> Verdict:
        """Judge a number that was found."""
        if numeral.value == reference:
            return Verdict.passed(f"{show(reference)} is right")
        return Verdict.failed(f"answered {show(numeral.value)}, right is {show(reference)}")
