"""What stands behind a task, and what an episode remembers between two turns."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from palestra.envs.stateful.database import Place, Touched
from palestra.envs.stateful.difference import Difference
from palestra.envs.stateful.goal import Fact
from palestra.envs.stateful.records import Cell
from palestra.verifiers.text.json_value import Json
from palestra.verifiers.tools.call import ToolCall


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """All that makes a scenario; the reference of a task."""

    seed: int
    kinds: tuple[str, ...]
    """The names of the goals."""
    num_distractors: int
    num_withheld: int
    num_corrections: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A value told to the customer."""

    what: str
    subject: str
    value: Cell


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """A wish that was declined."""

    subject: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """A world at its start, what is asked of it, and what it must become."""

    snapshot: bytes
    """The database at the start."""
    request: str
    """What the customer says first."""
    withheld: tuple[Fact, ...] = ()
    """What the customer tells when asked."""
    corrections: tuple[Fact, ...] = ()
    """What the customer said wrong, and corrects with the next reply."""
    plan: tuple[ToolCall, ...] = ()
    """The oracle's calls that change or tell something."""
    opening: tuple[ToolCall, ...] = ()
    """Those ahead of all wishes, with which the plan begins: who the customer is."""
    accepted: tuple[Difference, ...] = ()
    """What may differ from the start at the end: one of these."""
    writable: frozenset[Place] = frozenset()
    """The rows that an accepted way writes."""
    answers: frozenset[Answer] = frozenset()
    """What must be told."""
    refusals: frozenset[Refusal] = frozenset()
    """What must be declined."""
    tempting: tuple[ToolCall, ...] = ()
    """Calls that a customer asks for and must not get."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sitting:
    """An episode as it stands: the world of `ToolGame`."""

    scenario: Scenario
    snapshot: bytes
    calls: tuple[str, ...] = ()
    """The writing calls that were made, as `call_key` writes them."""
    touched: Touched = field(default_factory=dict)
    """Every row that was written, and what it was at the start."""
    answers: frozenset[Answer] = frozenset()
    refusals: frozenset[Refusal] = frozenset()
    broken: tuple[str, ...] = ()
    """The rules that a write broke, also where a later one mended it."""
    reads: frozenset[str] = frozenset()
    """The reading calls that were made, as `call_key` writes them."""
    heard: int = 0
    """Messages that the customer got."""
    told: frozenset[str] = frozenset()
    """The withheld facts that the customer told, by their sentences."""


_CANONICAL = json.JSONEncoder(sort_keys=True, default=asdict)


def call_key(name: str, arguments: dict[str, Json] | dict[str, object]) -> str:
    """A call as text: the same for the same arguments."""
    return _CANONICAL.encode([name, arguments])
