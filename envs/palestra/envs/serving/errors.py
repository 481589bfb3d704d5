"""Errors that a server of environments answers with.

EnvError
└── ServingError
    ├── BadMessageError (also ValueError)
    │   ├── InvalidJsonError
    │   └── UnknownTypeError
    ├── UnknownSessionError (also LookupError)
    ├── CapacityError
    └── LostSessionError
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from palestra.envs.errors import EnvError


class Code(StrEnum):
    """What kind of error a client is told, in the words of the protocol."""

    INVALID_JSON = "INVALID_JSON"
    UNKNOWN_TYPE = "UNKNOWN_TYPE"
    VALIDATION_ERROR = "VALIDATION_ERROR"
    EXECUTION_ERROR = "EXECUTION_ERROR"
    CAPACITY_REACHED = "CAPACITY_REACHED"
    SESSION_ERROR = "SESSION_ERROR"


class ServingError(EnvError):
    """Base of the errors of a server: each has a code of the protocol and a status of HTTP."""

    code: ClassVar[Code] = Code.EXECUTION_ERROR
    status: ClassVar[int] = 500


class BadMessageError(ServingError, ValueError):
    """A message is no message of the protocol, or has fields that it cannot have."""

    code = Code.VALIDATION_ERROR
    status = 422


class InvalidJsonError(BadMessageError):
    """A message is not even JSON, or is too long to be read."""

    code = Code.INVALID_JSON
    status = 400


class UnknownTypeError(BadMessageError):
    """A message of a type that the protocol has not."""

    code = Code.UNKNOWN_TYPE


class UnknownSessionError(ServingError, LookupError):
    """No session has this id, or no longer."""

    code = Code.SESSION_ERROR
    status = 404


class CapacityError(ServingError):
    """All sessions are taken."""

    code = Code.CAPACITY_REACHED
    status = 503


class LostSessionError(ServingError):
    """A request took longer than its deadline, and its session cannot be used any more."""

    code = Code.SESSION_ERROR
    status = 504
