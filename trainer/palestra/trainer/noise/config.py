"""What a run does about the errors of the verdicts that it is paid by."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from palestra.trainer.noise.rate_sources import AuditedRates, RateSource
from palestra.trainer.rewards.strata import StratumRule
from palestra.verifiers.noise import Backward, Correction


class Undecided(StrEnum):
    """What becomes of an UNKNOWN verdict. ERROR is always masked: it says nothing about the response."""

    MASK = "mask"
    """It is left out."""
    APPEAL = "appeal"
    """The auditor decides; where it cannot, or the budget is used up, it is left out."""
    EXPECTED = "expected"
    """It is worth the probability with which the verifier finds it right."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NoiseConfig:
    """The closed loop from audits to rates to rewards and filters."""

    correction: Correction | None = field(default_factory=Backward)
    """How rewards are corrected: backward, forward, or none (then rates serve filters and alarms alone)."""
    rates: RateSource
    """Where rates come from: assumed, card or audited."""
    strata: tuple[StratumRule, ...] = ()
    """What tells strata apart, the widest first: environment, verifier, length or difficulty; empty: one for all."""
    undecided: Undecided = Undecided.MASK
    """What becomes of UNKNOWN: mask, appeal or expected."""
    allow_no_effect: bool = False
    """Train although the correction changes nothing: for a declared negative control."""

    def __post_init__(self) -> None:
        if self.undecided is Undecided.APPEAL and not isinstance(self.rates, AuditedRates):
            raise ValueError(
                'undecided = `appeal` needs an auditor\n\nhint: set rates.kind = "audited", or undecided = "mask"'
            )
