"""What a response leads to, and what is known of an episode so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from palestra.envs.ending import EndReason
from palestra.envs.message import Message
from palestra.envs.task import Task
from palestra.verifiers import Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnRecord:
    """What one turn earned and cost, apart from the verdict at the end."""

    components: Mapping[str, float] = field(default_factory=dict)
    """Named rewards of this turn, each in 0..1, e.g. `{"format": 1.0}`. They count behind the outcome's gate only."""
    cpu_s: float = field(default=0.0, compare=False)
    """CPU seconds of what the turn ran in a sandbox."""
    wall_s: float = field(default=0.0, compare=False)
    """Seconds on the clock that the turn's calls took: what duration-aware updates weigh turns by."""
    cut_chars: int = 0
    """How many characters of output the policy was not shown."""


PLAIN_TURN = TurnRecord()
"""The record of a turn that earned and cost nothing worth noting."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """What a response leads to."""

    reply: str = ""
    """The next observation; empty at the end of an episode."""
    verdict: Verdict | None = None
    """The judgement that ends the episode; None while it goes on, or where `judge` has still to be asked."""
    world: object = None
    """What the environment remembers for the next turn: frozen and picklable."""
    end: EndReason | None = None
    """Why the episode is over; with a verdict, JUDGED unless it says otherwise."""
    record: TurnRecord = PLAIN_TURN
    """What the turn earned and cost."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EpisodeState:
    """A snapshot of an episode, for tree rollouts."""

    task: Task
    messages: tuple[Message, ...]
    turns: int
    verdict: Verdict | None
    turn_limit: int = 1
    """After how many responses the episode is over."""
    world: object = None
    """What the environment itself remembers, e.g. the board of a game."""
    end: EndReason | None = None
    """Why the episode is over; None while it goes on."""
    records: tuple[TurnRecord, ...] = ()
    """One for each turn."""

    @property
    def is_over(self) -> bool:
        """Whether no further response is asked for."""
        return self.end is not None
