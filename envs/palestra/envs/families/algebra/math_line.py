"""Any way to write the right mathematics, on the final line."""

from __future__ import annotations

from typing import ClassVar

from palestra.envs.answers import final_line
from palestra.verifiers.math import MathReference, MathVerifier
from palestra.verifiers.verdict import Verdict


class MathLineAnswer(MathVerifier):
    """PASS when the final line has the reference's value, however it is written.

    Stricter than `MathVerifier`: no formula is picked out of prose.

    Reference: as of `MathVerifier`.
    """

    name: ClassVar[str] = "math-line-answer"

    def judge(self, response: str, reference: MathReference) -> Verdict:
        """Compare the whole line with the reference."""
        return super().judge(f"<answer>{final_line(response)}</answer>", reference)
