"""Answers that are a row of zeros and ones."""

from __future__ import annotations

from typing import ClassVar

from palestra.envs.answers import final_line
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.verdict import Verdict
from palestra.verifiers.verifier import Verifier

_IGNORED = str.maketrans("", "", " \t,;|[]()'\"`*")
_MAX_BITS = 256


class BitsAnswer(Verifier[str]):
    """PASS when the final line has exactly the reference's zeros and ones; blanks and commas do not count.

    Reference: the digits, such as `0110`.
    """

    name: ClassVar[str] = "bits-answer"

    def parse_reference(self, reference: str) -> str:
        """Check the digits."""
        if not reference or set(reference) - {"0", "1"}:
            raise ValueError("the reference must be zeros and ones")
        return reference

    def judge(self, response: str, reference: str) -> Verdict:
        """Compare digit by digit."""
        line = final_line(response)
        bits = line.translate(_IGNORED)
        if not bits or len(bits) > _MAX_BITS or set(bits) - {"0", "1"}:
            raise NoAnswerError(f"`{quote(line)}` is no row of zeros and ones")
        if bits == reference:
            return Verdict.passed(f"all {len(reference)} digits are right")
        if len(bits) != len(reference):
            return Verdict.failed(f"{len(bits)} digits, right are {len(reference)}")
        wrong = next(i for i, (a, b) in enumerate(zip(bits, reference, strict=True)) if a != b)
        return Verdict.failed(f"digit {wrong + 1} is {bits[wrong]}, right is {reference[wrong]}")
