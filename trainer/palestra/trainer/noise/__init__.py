"""Noise of verdicts: who audits, where rates come from, and the loop that carries them to rewards and filters."""

from palestra.trainer.noise.auditor import Auditor, JudgeAuditor, VerdictAuditor, VerifierAuditor
from palestra.trainer.noise.closed_loop import NoiseLoop
from palestra.trainer.noise.config import NoiseConfig, Undecided
from palestra.trainer.noise.effect import Surroundings, assert_correction, spread_of_config
from palestra.trainer.noise.rate_sources import AssumedRates, AuditedRates, CardRates, RateSource

__all__ = [
    "AssumedRates",
    "AuditedRates",
    "Auditor",
    "CardRates",
    "JudgeAuditor",
    "NoiseConfig",
    "NoiseLoop",
    "RateSource",
    "Surroundings",
    "Undecided",
    "VerdictAuditor",
    "VerifierAuditor",
    "assert_correction",
    "spread_of_config",
]
