"""How episodes are played, whoever answers."""

from __future__ import annotations

from dataclasses import dataclass, field

from palestra.agents.history import AppendOnly, History
from palestra.agents.loops import AgentLoop
from palestra.agents.stages import StageLimits


@dataclass(frozen=True, kw_only=True, slots=True)
class Conduct:
    """How episodes are played."""

    history: History = field(default_factory=AppendOnly)
    """What the policy reads of earlier turns."""
    max_episode_tokens: int | None = None
    """After so many tokens, prompt and replies included, an episode ends and is judged as it stands. None: as many as
    the turns allow."""
    stages: StageLimits = field(default_factory=StageLimits)
    """How many episodes may be in each stage at once."""
    in_lockstep: bool = False
    """Ask the generator in rounds, each when every episode of a call waits for it or for a place, so that rollouts
    repeat bit for bit whatever the clocks of environments do.

    Not for environments that wait for each other, nor for those of a pool. A `SingleGenerator` is asked for each
    request by itself in any case."""

    @classmethod
    def of(cls, loop: AgentLoop | None, stages: StageLimits | None = None, *, in_lockstep: bool = False) -> Conduct:
        """As a loop says; without one, everything is read and the turns are the limit."""
        stages = stages or StageLimits()
        if loop is None:
            return cls(stages=stages, in_lockstep=in_lockstep)
        return cls(
            history=loop.history,
            max_episode_tokens=loop.max_episode_tokens,
            stages=stages,
            in_lockstep=in_lockstep,
        )
