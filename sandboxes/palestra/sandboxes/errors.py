"""Errors of this folder.

SandboxError
├── SandboxUnavailableError (also RuntimeError)
├── UnknownSandboxError (also LookupError)
├── DuplicateSandboxError (also ValueError)
├── SandboxFileError (also LookupError)
└── SessionClosedError (also RuntimeError)
"""

from __future__ import annotations


class SandboxError(Exception):
    """Base of all errors that a sandbox raises."""


class SandboxUnavailableError(SandboxError, RuntimeError):
    """The back end cannot work here, or promises less than what was required."""


class UnknownSandboxError(SandboxError, LookupError):
    """No back end has this name."""


class DuplicateSandboxError(SandboxError, ValueError):
    """Two back ends claim one name."""


class SandboxFileError(SandboxError, LookupError):
    """A path of a session is missing, is no regular file, or is larger than what was asked for."""


class SessionClosedError(SandboxError, RuntimeError):
    """The session has been closed, or what it ran in has died."""
