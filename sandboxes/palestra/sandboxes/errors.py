"""Errors of this folder.

SandboxError
└── SandboxUnavailableError
"""

from __future__ import annotations


class SandboxError(Exception):
    """Base of all errors that a sandbox raises."""


class SandboxUnavailableError(SandboxError, RuntimeError):
    """The back end cannot work here, or promises less than what was required."""
