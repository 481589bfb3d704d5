"""Where rates come from: written down, from a card, or audited on the policy's own samples."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import ClassVar

from palestra.trainer.noise.auditor import Auditor
from palestra.trainer.rewards.sources import verifier_named
from palestra.trainer.rewards.strata import StratumRate
from palestra.verifiers import VERIFIERS
from palestra.verifiers.noise import (
    MAX_RATE,
    AppealRule,
    JudgeErrors,
    NoiseModel,
    NoiseTable,
    RateSettings,
    UniformAppeals,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class AssumedRates:
    """Rates that somebody wrote down: an assumption, and logged as one."""

    kind: ClassVar[str] = "assumed"

    rates: tuple[StratumRate, ...]
    """One for each stratum; strata without one are not corrected."""

    def __post_init__(self) -> None:
        if not self.rates:
            raise ValueError("rates must name at least one stratum; an empty name holds for all others")
        self.table()

    def table(self) -> NoiseTable:
        """The rates as models."""
        return NoiseTable.of(rate.model() for rate in self.rates)

    def __str__(self) -> str:
        pairs = (f"{rate.stratum or 'all'} {rate.fpr:g}/{rate.fnr:g}" for rate in self.rates)
        return f"assumed rates (fpr/fnr: {', '.join(pairs)}), which nobody has measured here"


@dataclass(frozen=True, kw_only=True, slots=True)
class CardRates:
    """The rates of a verifier's card: a stress test on chosen cases, so an assumption, and logged as one."""

    kind: ClassVar[str] = "card"

    verifier: str
    """Whose card is taken."""

    def __post_init__(self) -> None:
        self.table()

    def table(self) -> NoiseTable:
        """The card's total rates as the model of all samples."""
        verifier_named(self.verifier)
        total = VERIFIERS.card(self.verifier).total
        fpr, fnr = (min(rate.value, MAX_RATE) for rate in (total.fpr, total.fnr))
        return NoiseTable((NoiseModel(fpr=fpr, fnr=fnr),))

    def __str__(self) -> str:
        model = self.table().model_for("")
        return (
            f"the card of `{self.verifier}` (fpr {model.fpr:.3g}, fnr {model.fnr:.3g}), which is a stress test and "
            "an assumption about this policy"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditedRates:
    """Rates measured on the policy's own samples: appeals of what was rejected, audits of what was accepted.

    A step is corrected by what earlier steps have shown, so that no sample has a say in its own correction.

    Source: "Reinforcement Learning with Verifiable yet Noisy Rewards", arXiv:2510.00915 (appeals, the moving
    average); windows, strata and intervals are ours.
    """

    kind: ClassVar[str] = "audited"

    auditor: Auditor
    """Who says what is right: verifier, verdict (the environment's own) or judge."""
    appeals: AppealRule = field(default_factory=UniformAppeals)
    """Which rejected samples are appealed: uniform or uncertain."""
    audits: float = 0.1
    """Probability with which an accepted sample is audited."""
    budget: int = 256
    """Most audits of a step; where more are chosen, chance decides, and the rest count for more."""
    flips: bool = True
    """Whether a rejected sample that the auditor accepts is paid as right, and not corrected any more."""
    window: int = 20
    """Steps whose samples are counted."""
    min_audits: int = 20
    """Audits of accepted and of rejected samples in the window before rates are believed; until then nothing is
    corrected."""
    decay: float = 0.5
    """Weight of the rates before in the moving average; 0: those of the window alone."""
    strength: float | None = None
    """How many audits the share of the next wider stratum counts for; none: from 1 to 20, the fewer the more its strata
    differ."""
    resamples: int = 100
    """Of prompts, for the intervals."""
    auditor_fpr: float = 0.0
    """P(the auditor accepts | wrong), measured on cases whose truth is known."""
    auditor_fnr: float = 0.0
    """P(the auditor rejects | right)."""

    def __post_init__(self) -> None:
        for name, value, low in (
            ("budget", self.budget, 1),
            ("window", self.window, 1),
            ("min_audits", self.min_audits, 1),
        ):
            if value < low:
                raise ValueError(f"{name} must be at least {low}, got {value}")
        if not (0.0 <= self.decay < 1.0 and math.isfinite(self.strength or 0.0)):
            raise ValueError(f"decay must be in [0, 1) and strength finite, got {self.decay} and {self.strength}")
        UniformAppeals(share=self.audits)
        self.settings("")

    @property
    def judge(self) -> JudgeErrors:
        """The auditor's own errors."""
        return JudgeErrors(fpr=self.auditor_fpr, fnr=self.auditor_fnr)

    def settings(self, seed: str) -> RateSettings:
        """How rates are estimated."""
        return RateSettings(judge=self.judge, strength=self.strength, resamples=self.resamples, seed=seed)

    def __str__(self) -> str:
        who = getattr(self.auditor, "name", getattr(self.auditor, "model", ""))
        return f"rates audited on the policy's samples by {self.auditor.kind}{f' `{who}`' if who else ''}"


RateSource = AssumedRates | CardRates | AuditedRates
"""What a configuration can name."""
