"""A check: what it proves, and how."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from palestra.envs.audit.finding import Finding
from palestra.envs.audit.subject import Subject


@dataclass(frozen=True, slots=True)
class Check:
    """One check of an environment.

    Where OpenEnv's RFC 008 has the same check, the id is its id.
    """

    id: str
    proves: str
    """One sentence: what is so where the check passes."""
    run: Callable[[Subject], Finding]


@dataclass(frozen=True, slots=True)
class Summary:
    """A check of what other checks found."""

    id: str
    proves: str
    run: Callable[[Mapping[str, Finding]], Finding]
