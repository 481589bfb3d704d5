"""Errors of this folder. Model text never raises; a malformed reference is a `ValueError`.

VerifierError
├── UnknownVerifierError (also LookupError)
├── DuplicateVerifierError (also ValueError)
└── NoAnswerError (also ValueError; inside verifiers only: `Verifier.verify` makes it an UNPARSED verdict)
"""

from __future__ import annotations


class VerifierError(Exception):
    """Base of all errors that this folder raises."""


class UnknownVerifierError(VerifierError, LookupError):
    """No verifier has this name."""


class DuplicateVerifierError(VerifierError, ValueError):
    """Two rows claim the same name."""


class NoAnswerError(VerifierError, ValueError):
    """A response holds no answer in the demanded form; the message says what was found instead."""
