"""Errors of this folder.

EnvError
├── UnknownEnvError (also LookupError)
├── DuplicateEnvError (also ValueError)
├── TaskIdError (also ValueError)
├── ConfigError (also ValueError)
├── EmptySplitError (also ValueError)
├── CardError (also ValueError)
├── DataError (also ValueError)
├── NoOracleError (also LookupError)
├── McpServerError (also ConnectionError)
└── MissingPackageError (also ImportError)
"""

from __future__ import annotations


class EnvError(Exception):
    """Base of all errors that this folder raises."""


class UnknownEnvError(EnvError, LookupError):
    """No environment has this id."""


class DuplicateEnvError(EnvError, ValueError):
    """Two rows claim the same id."""


class TaskIdError(EnvError, ValueError):
    """A text is no task id, or names a task of another source."""


class ConfigError(EnvError, ValueError):
    """A configuration of a task family is out of range or unknown."""


class EmptySplitError(EnvError, ValueError):
    """The family is so small at this configuration that a split holds no task."""


class CardError(EnvError, ValueError):
    """A report card cannot be read, or has no place."""


class NoOracleError(EnvError, LookupError):
    """The environment knows no right response, e.g. since a bridged suite tells none."""


class DataError(EnvError, ValueError):
    """A data set cannot be found or read, or one of its rows cannot be used."""


class McpServerError(EnvError, ConnectionError):
    """A server of tools cannot be started, is gone, or offers what cannot be used: never the policy's doing."""


class MissingPackageError(EnvError, ImportError):
    """A package that is not part of the base installation is needed."""
