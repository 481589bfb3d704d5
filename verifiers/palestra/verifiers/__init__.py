"""Verifiers of model responses: exact, total on any text, and usable with any trainer.

>>> from palestra.verifiers import NumberVerifier
>>> NumberVerifier().verify("17 + 5 = 22", "22").outcome
<Outcome.PASS: 'PASS'>
"""

from palestra.verifiers.calculation import CalculationVerifier, ContinuousCalculationVerifier
from palestra.verifiers.countdown import CountdownVerifier
from palestra.verifiers.errors import DuplicateVerifierError, NoAnswerError, UnknownVerifierError, VerifierError
from palestra.verifiers.knights import KnightsAndKnavesVerifier
from palestra.verifiers.number import NumberVerifier
from palestra.verifiers.row import Row
from palestra.verifiers.table import VERIFIERS, VerifierTable
from palestra.verifiers.verdict import Outcome, Verdict
from palestra.verifiers.verifier import MAX_RESPONSE_CHARS, Verifier

__all__ = [
    "MAX_RESPONSE_CHARS",
    "VERIFIERS",
    "CalculationVerifier",
    "ContinuousCalculationVerifier",
    "CountdownVerifier",
    "DuplicateVerifierError",
    "KnightsAndKnavesVerifier",
    "NoAnswerError",
    "NumberVerifier",
    "Outcome",
    "Row",
    "UnknownVerifierError",
    "Verdict",
    "Verifier",
    "VerifierError",
    "VerifierTable",
]
