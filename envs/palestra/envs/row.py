"""A row of the table of environments."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from palestra.envs.source import TaskSource
from palestra.envs.task import Scalar, Split
from palestra.envs.text_env import TextEnv


class Kind(StrEnum):
    """What an environment needs, and so how it is audited."""

    QUESTION = "question"
    """One response, judged by a verifier."""
    GAME = "game"
    """Several turns by the rules of a game."""
    TOOLS = "tools"
    """Several turns of tool calls in a world that the host keeps."""
    CODE = "code"
    """Responses that run in a sandbox; of one turn or of several."""
    SWE = "swe"
    """Work on a repository in a sandbox, with tests."""
    OPERATOR = "operator"
    """One response to a task that is derived from those of other environments."""
    DATASET = "dataset"
    """Rows of a data set that must be there."""
    BRIDGE = "bridge"
    """Environments of another suite, which must be installed and named."""

    @property
    def is_generated(self) -> bool:
        """Whether its tasks are generated, so that they need nothing but this package."""
        return self in _GENERATED

    @property
    def is_sandboxed(self) -> bool:
        """Whether responses run in a sandbox: such environments are audited apart."""
        return self in _SANDBOXED


_GENERATED = {Kind.QUESTION, Kind.GAME, Kind.TOOLS, Kind.CODE}
_SANDBOXED = {Kind.CODE, Kind.SWE}


class EnvSource(TaskSource, Protocol):
    """A task source that knows its environment."""

    def env(self, *, split: Split = "train", system_prompt: str = "", render_mode: str | None = None) -> TextEnv:
        """An environment of the source's tasks."""
        ...


class EnvSourceType(Protocol):
    """What the `source` of a row names: usually a class of a task family."""

    def configured(self, options: Mapping[str, Scalar]) -> EnvSource:
        """The source with these options.

        Raises:
            ConfigError: An option is unknown, has another type, or is out of range.
        """
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One environment of the table."""

    id: str
    """`namespace/Name-vN`; a change of behaviour is a new version."""
    group: str
    """What it is about, e.g. `arithmetic`."""
    source: str
    """`module:Class` of the task family, imported when first used."""
    summary: str
    """One sentence for people."""
    difficulty: str
    """What grows with the difficulty."""
    kind: Kind = Kind.QUESTION
    licence: str = "Apache-2.0"

    def load(self) -> EnvSourceType:
        """The class of the task family."""
        module, _, name = self.source.partition(":")
        source_type: EnvSourceType = getattr(importlib.import_module(module), name)
        return source_type


def row(source: str, summary: str, difficulty: str, *, version: int = 1, kind: Kind = Kind.QUESTION) -> Row:
    """The row of one of our families: `row("arithmetic.chain_sum:ChainSum", ...)` is `palestra/ChainSum-v1`."""
    group, _, _ = source.partition(".")
    return Row(
        id=f"palestra/{source.rpartition(':')[2]}-v{version}",
        group=group,
        source=f"palestra.envs.families.{source}",
        summary=summary,
        difficulty=difficulty,
        kind=kind,
    )
