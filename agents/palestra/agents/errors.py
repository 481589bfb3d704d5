"""Errors of this folder.

AgentError
├── GeneratorError (also RuntimeError)
├── EnvWorkersError (also ConnectionError)
├── RolloutError (also ValueError)
├── EvaluationError (also ValueError)
├── ExportError (also ValueError)
├── ApiKeyError (also ValueError)
└── UnknownAgentError (also LookupError)
"""

from __future__ import annotations


class AgentError(Exception):
    """Base of all errors that this folder raises."""


class GeneratorError(AgentError, RuntimeError):
    """A generator cannot serve at all (one failed request is a completion that says so)."""


class EnvWorkersError(AgentError, ConnectionError):
    """No process that plays environments elsewhere can be reached: the run must stop."""


class RolloutError(AgentError, ValueError):
    """A rollout breaks an invariant of tokens, masks or versions, or a stored one is malformed."""


class EvaluationError(AgentError, ValueError):
    """An evaluation was asked for that has no answer, e.g. over no tasks."""


class ExportError(AgentError, ValueError):
    """A file of another format cannot be written or read: it is none, or what reads it is not installed."""


class ApiKeyError(AgentError, ValueError):
    """There is no key where one was named, or no header can carry it."""


class UnknownAgentError(AgentError, LookupError):
    """No scripted agent has this name."""
