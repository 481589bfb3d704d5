"""A row of the table of environments."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from palestra.envs.source import Family


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One environment of the table."""

    id: str
    """`namespace/Name-vN`; a change of behaviour is a new version."""
    family: str
    """`module:Class` of the task family, imported when first used."""
    verifier: str
    """Name in the table of verifiers."""
    summary: str
    """One sentence for people."""
    difficulty: str
    """What grows with the difficulty, and its range."""
    licence: str = "Apache-2.0"
    max_turns: int = 1

    def load_family(self) -> type[Family[Any, Any]]:
        """The class of the task family."""
        module, _, name = self.family.partition(":")
        family: type[Family[Any, Any]] = getattr(importlib.import_module(module), name)
        return family
