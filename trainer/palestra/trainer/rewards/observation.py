"""What is known of a rollout before anything is paid: the verdict that pays, and what audits made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from palestra.agents import Rollout
from palestra.envs import EndReason
from palestra.trainer.rewards.turn_rewards import TurnRewards
from palestra.verifiers import Verdict
from palestra.verifiers.noise import NOISELESS, Audit, NoiseModel


class Source(Protocol):
    """Says what a rollout is paid for."""

    @property
    def kind(self) -> str:
        """Its name."""
        ...

    @property
    def turns(self) -> TurnRewards:
        """What the turns add."""
        ...

    @property
    def masked_ends(self) -> tuple[EndReason, ...]:
        """Ends of episodes whose samples are left out of training."""
        ...

    def __call__(self, rollout: Rollout) -> Verdict:
        """The verdict that pays, of a rollout whose own verdict is valid."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """A rollout and the verdict that pays for it."""

    rollout: Rollout
    verdict: Verdict
    """Raw: as the source has it, with all its errors."""
    reason: str = ""
    """Why the sample is left out whatever the verdict; empty if it is not."""
    settled: float | None = None
    """The value, in [0, 1], that took the verdict's place: flipped on appeal, or expected of an UNKNOWN."""
    stratum: str = ""
    model: NoiseModel = NOISELESS
    """The errors of verdicts that nothing settled."""
    audit: Audit | None = None
    """What the auditor said, if it was asked."""

    @property
    def mask(self) -> str:
        """Why the sample has no reward; empty if it has one."""
        if self.reason or self.settled is not None or self.verdict.valid:
            return self.reason
        return str(self.verdict.outcome)

    @property
    def value(self) -> float:
        """What was observed, in [0, 1]; meaningless for a masked sample."""
        return self.verdict.score if self.settled is None else self.settled


def observe(rollout: Rollout, source: Source) -> Observation:
    """What the source sees. A rollout without a valid verdict of its environment keeps that verdict.

    A last response that the limit of a turn cut counts as an end by `max_tokens` too, however the episode ended.
    """
    is_cut = rollout.is_truncated and EndReason.MAX_TOKENS in source.masked_ends
    is_left_out = rollout.weight == 0.0 or rollout.end in source.masked_ends or is_cut
    reason = f"end of the episode: {EndReason.MAX_TOKENS if is_cut else rollout.end}" if is_left_out else ""
    verdict = source(rollout) if rollout.verdict.valid and not is_left_out else rollout.verdict
    return Observation(rollout=rollout, verdict=verdict, reason=reason)
